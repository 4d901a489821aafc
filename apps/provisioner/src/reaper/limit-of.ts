import type { BackendLimits } from '@howdah/databases';

/** A gateway answers and terminates by 125 ms past the limit: what it ends itself is left to it. */
const MARGIN_MS = 250;
/** Rewriting all tables of a database takes as long as it takes; see `Cluster.reclaim`. */
const RECLAIM_MS = 600_000;

/**
 * For how long a backend of this database may have a transaction open, in milliseconds. A database
 * that nobody may be in, since it is closed or known to none, has no time at all.
 */
export function limitOf(limits: BackendLimits | undefined): number {
  if (!limits || limits.state === 'suspended') return 0;
  if (limits.reclaim === 'full') return Math.max(RECLAIM_MS, limits.statementMs);
  return limits.statementMs + MARGIN_MS;
}
