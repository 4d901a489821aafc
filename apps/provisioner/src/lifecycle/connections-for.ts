import type { PlanLimits } from '@howdah/databases';

/** Connections for the gateways' reaction to a limit, while those they replace still end. */
const SLACK = 5;

/**
 * How many sessions Postgres lets a login of the database have. It is the backstop behind the
 * gateways' own count: wide enough for two gateways at their limit, and no wider.
 */
export function connectionsFor(limits: Pick<PlanLimits, 'concurrencyMax'>): number {
  return 2 * limits.concurrencyMax + SLACK;
}
