import type { BackendLimits } from '@howdah/databases';

/** A gateway answers and terminates by 125 ms past the limit: what it ends itself is left to it. */
const MARGIN_MS = 250;

/** That of no plan is longer. */
const UNKNOWN_MS = 120_000;

/**
 * For how long a backend of this database may have a transaction open, in milliseconds. A suspended
 * one, in which nobody may be, has no time at all; one that the control plane does not know, that of
 * another Howdah on the same cluster for instance, as much as any.
 */
export function limitOf(limits: BackendLimits | undefined): number {
  if (!limits) return UNKNOWN_MS + MARGIN_MS;
  return limits.state === 'suspended' ? 0 : limits.statementMs + MARGIN_MS;
}
