import { describe, expect, it } from 'vitest';
import { TimesWithin } from './times-within';

describe('Times within an hour', () => {
  it('are counted by what they befell', () => {
    const times = new TimesWithin(60);
    expect([times.count('a', 0), times.count('b', 1), times.count('a', 2)]).toEqual([1, 1, 2]);
  });

  it('are forgotten when the hour is over', () => {
    const times = new TimesWithin(60);
    times.count('a', 0);
    expect(times.count('a', 59)).toBe(2);
    expect(times.count('a', 60)).toBe(2);
    expect(times.count('a', 200)).toBe(1);
  });
});
