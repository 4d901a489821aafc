import type { MeasuredDatabase } from '@howdah/databases';
import { describe, expect, it } from 'vitest';
import { needsCounting, needsMeasuring } from './what-to-measure';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const USAGE = { bytes: 50e6, relations: 1, functions: 1, largeObjects: 1 };

const database = (facts: Partial<MeasuredDatabase> = {}): MeasuredDatabase => ({
  id: 'db_1',
  physicalName: 'd_1',
  family: 'f_1',
  state: 'ready',
  level: 'ok',
  writesLocked: false,
  rewriting: false,
  used: USAGE,
  limits: USAGE,
  measuredAt: ago(1_000),
  measuredActivity: 5_000,
  countedActivity: 5_000,
  countedAt: ago(1_000),
  ...facts,
});

describe('A database is measured', () => {
  it.each<[boolean, string, Partial<MeasuredDatabase>, number | undefined]>([
    [false, 'when nothing moved', {}, 5_000],
    [false, 'when a row changed and it was just measured', {}, 5_001],
    [true, 'when a row changed and some seconds have passed', { measuredAt: ago(5_000) }, 5_001],
    [true, 'when rows changed that may be a tenth of its limit', {}, 5_700],
    [true, 'when Postgres counts anew', {}, 3],
    [true, 'for the first time', { measuredActivity: null }, 5_000],
    [false, 'when Postgres knows nothing of it yet', { measuredActivity: null }, undefined],
    [false, 'when nothing moved and it has room', { measuredAt: ago(3_600_000) }, 5_000],
    [true, 'when it is near its limit and a minute has passed', NEAR(60_000), 5_000],
    [true, 'when its objects were not counted and a minute has passed', UNCOUNTED(60_000), 5_000],
    [false, 'when its objects were not counted and it was just measured', UNCOUNTED(1_000), 5_000],
    [false, 'when it is near its limit and was just measured', NEAR(1_000), 5_000],
  ])('%s: %s', (expected, _name, facts, activity) => {
    expect(needsMeasuring(database(facts), activity, NOW)).toBe(expected);
  });
});

describe('Its objects are counted', () => {
  it.each<[boolean, string, Partial<MeasuredDatabase>, number]>([
    [true, 'for the first time', { countedActivity: null, countedAt: null }, 5_000],
    [false, 'when nothing moved', { countedAt: ago(3_600_000) }, 5_000],
    [false, 'when few rows changed since a moment ago', {}, 5_999],
    [true, 'when many rows changed', {}, 6_000],
    [true, 'when a row changed and half a minute has passed', { countedAt: ago(30_000) }, 5_001],
    [true, 'when Postgres counts anew', {}, 3],
    [true, 'whenever it is over a limit', { level: 'full' }, 5_000],
  ])('%s: %s', (expected, _name, facts, activity) => {
    expect(needsCounting(database(facts), activity, NOW)).toBe(expected);
  });
});

function UNCOUNTED(measuredMsAgo: number): Partial<MeasuredDatabase> {
  return { countedActivity: 4_000, measuredAt: ago(measuredMsAgo) };
}

function NEAR(measuredMsAgo: number): Partial<MeasuredDatabase> {
  return { level: 'near', measuredAt: ago(measuredMsAgo) };
}
