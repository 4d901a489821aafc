import type { MeasuredDatabase } from '@howdah/databases';

/** What undone writes leave in indexes, which only a rewrite takes away, stays below it. */
const SLACK_BYTES = 64e6;
const SLACK_SHARE = 0.1;

/**
 * Whether a database that is over its limit was made larger all the same, past the gate that every
 * request of it goes through. Whatever way there is, known or not, it ends here. `floorBytes`: its
 * smallest size since it went over the limit.
 */
export function goesOnGrowing(
  { used, limits, writesLocked, rewriting }: MeasuredDatabase,
  floorBytes: number | null,
): boolean {
  if (floorBytes === null || writesLocked || rewriting) return false;
  return used.bytes > floorBytes + SLACK_BYTES + limits.bytes * SLACK_SHARE;
}
