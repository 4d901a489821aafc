import { describe, expect, it } from 'vitest';
import { growth } from './footprint';

const before = { bytes: 8192, relations: 400, functions: 3000, largeObjects: 1 };

describe('growth', () => {
  it('is nothing where all stayed or shrank', () => {
    expect(growth(before, before)).toBeNull();
    expect(growth(before, { ...before, bytes: 0, largeObjects: 0 })).toBeNull();
  });

  it('names what there is more of, whatever else was given up for it', () => {
    const after = { bytes: 0, relations: 401, functions: 3002, largeObjects: 0 };
    expect(growth(before, after)).toEqual({ relations: 1, functions: 2 });
  });
});
