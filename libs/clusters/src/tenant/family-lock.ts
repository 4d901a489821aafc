import { literal } from './tenant';

/**
 * Two workers on one family wait for each other: Postgres answers "tuple concurrently updated"
 * where two sessions change one role. The lock ends with the statements sent along with it.
 */
export function lockFamily(family: string): string {
  return `SELECT pg_advisory_xact_lock(hashtextextended(${literal(family)}, 0));`;
}
