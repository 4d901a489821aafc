import { expect, it } from 'vitest';
import { Pace } from './pace';

it('Each has its turn at first, and then once in a time', () => {
  let now = 0;
  const pace = new Pace(1_000, () => now);
  const turns = () => [pace.isTurn('a'), pace.isTurn('b')];
  expect(turns()).toEqual([true, true]);
  now = 999;
  expect(turns()).toEqual([false, false]);
  now = 1_000;
  expect(turns()).toEqual([true, true]);
  expect(pace.isTurn('a')).toBe(false);
});
