import { describe, expect, it } from 'vitest';
import { limitOf } from './limit-of';

const DATABASE = {
  id: 'db_1',
  physicalName: 'd_1',
  state: 'ready' as const,
  statementMs: 1_000,
};

describe('A backend may go on', () => {
  it('a little past the plan’s limit, where its gateway would have ended it', () => {
    expect(limitOf(DATABASE)).toBe(1_250);
  });

  it('not at all in a suspended database', () => {
    expect(limitOf({ ...DATABASE, state: 'suspended' })).toBe(0);
  });

  it('as long as any in a database that nobody knows', () => {
    expect(limitOf(undefined)).toBe(120_250);
  });
});
