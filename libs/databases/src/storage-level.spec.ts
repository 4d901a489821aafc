import { describe, expect, it } from 'vitest';
import { storageLevel } from './storage-level';

const LIMITS = { bytes: 1000, relations: 10, functions: 10, largeObjects: 10 };

describe('The level of storage', () => {
  it.each([
    ['ok', 'below 80 %', { bytes: 799 }],
    ['near', 'at 80 %', { bytes: 800 }],
    ['near', 'at the limit', { bytes: 1000 }],
    ['full', 'past the limit', { bytes: 1001 }],
    ['near', 'by relations alone', { relations: 8 }],
    ['full', 'by functions alone', { functions: 11 }],
    ['full', 'by large objects alone', { largeObjects: 11 }],
    ['full', 'by the worst of two', { bytes: 900, relations: 11 }],
  ])('is %s %s', (level, _name, used) => {
    const usage = { bytes: 0, relations: 0, functions: 0, largeObjects: 0, ...used };
    expect(storageLevel(usage, LIMITS)).toBe(level);
  });
});
