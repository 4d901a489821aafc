import { expect, it } from 'vitest';
import { mentionsMax } from './mentions-max';

const objects = (each: number) => ({
  bytes: 1e9,
  relations: each,
  functions: each,
  largeObjects: each,
});

it('A small database names roles 20,000 times at most', () => {
  expect(mentionsMax(objects(1_000))).toBe(20_000);
});

it('All objects that a plan allows may name our roles, and some of others', () => {
  expect(mentionsMax(objects(20_000))).toBeGreaterThan(20_000 * 3 * 3);
});
