import type { MeasuredDatabase } from '@howdah/databases';

/** Counting takes a session in the database, some 8 ms; sizes are asked for from outside. */
const COUNT_EVERY_MS = 30_000;
/** An object is some ten rows in the catalogs, so this many changed rows may be a hundred objects. */
const COUNT_AFTER_ROWS = 1_000;
/** A vacuum of Postgres' own gives space back and changes no row; a count may have failed. */
const LOOK_AGAIN_AFTER_MS = 60_000;
/** What changed little is measured no oftener. */
const MEASURE_EVERY_MS = 5_000;
/** A row, a part of a long value too, is on one page: so much and no more is added by each. */
const PAGE_BYTES = 8_192;
/** Growth of so large a share of its limit is looked at without delay. */
const SHARE = 0.1;

/** Whether a database may have another size than was measured. `activity`: rows changed in it, ever. */
export function needsMeasuring(
  database: MeasuredDatabase,
  activity: number | undefined,
  now: Date,
): boolean {
  if (activity === undefined) return false;
  const age = ageMs(database.measuredAt, now);
  const rows = changedRows(database.measuredActivity, activity);
  if (rows === 0) {
    const uncounted = changedRows(database.countedActivity, activity) > 0;
    return (database.level !== 'ok' || uncounted) && age >= LOOK_AGAIN_AFTER_MS;
  }
  return age >= MEASURE_EVERY_MS || rows * PAGE_BYTES >= database.limits.bytes * SHARE;
}

/** Whether its objects are to be counted too. */
export function needsCounting(database: MeasuredDatabase, activity: number, now: Date): boolean {
  if (database.level === 'full') return true;
  const rows = changedRows(database.countedActivity, activity);
  if (rows === 0) return false;
  return rows >= COUNT_AFTER_ROWS || ageMs(database.countedAt, now) >= COUNT_EVERY_MS;
}

/** Postgres counts from zero again after a crash. */
function changedRows(before: number | null, after: number): number {
  return before === null || after < before ? Infinity : after - before;
}

function ageMs(at: Date | null, now: Date): number {
  return at === null ? Infinity : now.getTime() - at.getTime();
}
