import type { BackendLimits } from '@howdah/databases';

/** A gateway answers and terminates by 125 ms past the limit: what it ends itself is left to it. */
const MARGIN_MS = 250;

/**
 * For how long a backend of this database may have a transaction open, in milliseconds. A database
 * that nobody may be in, since it is closed or known to none, has no time at all.
 */
export function limitOf(limits: BackendLimits | undefined): number {
  if (!limits || limits.state === 'suspended') return 0;
  return limits.statementMs + MARGIN_MS;
}
