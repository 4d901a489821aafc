import type { MeasuredDatabase } from '@howdah/databases';
import { describe, expect, it } from 'vitest';
import { goesOnGrowing } from './goes-on-growing';

const database = (bytes: number, more: Partial<MeasuredDatabase> = {}) =>
  ({
    used: { bytes },
    limits: { bytes: 50e6 },
    writesLocked: false,
    rewriting: false,
    ...more,
  }) as MeasuredDatabase;

describe('A database over its limit', () => {
  it.each<[boolean, string, MeasuredDatabase, number | null]>([
    [false, 'that stays as it is', database(60e6), 60e6],
    [false, 'whose indexes keep what undone writes left', database(128e6), 60e6],
    [true, 'that is far larger than it was', database(130e6), 60e6],
    [false, 'that went over it a moment ago', database(500e6), null],
    [false, 'whose undone write is not cleared yet', database(130e6, { writesLocked: true }), 60e6],
    [false, 'whose tables are written anew', database(130e6, { rewriting: true }), 60e6],
  ])('goes on growing: %s, %s', (expected, _name, measured, floor) => {
    expect(goesOnGrowing(measured, floor)).toBe(expected);
  });
});
