import { mayHeal, TOO_MANY_CONNECTIONS } from '../errors/connect-error';
import type { Waiter } from './waiter';

const RETRY_MS = 50;
const HEAL_RETRY_MS = 100;
/** A provisioner needs a moment to be told, and one for each role of the database. */
const HEAL_MS = 3_000;

/** Asks for a database's passwords to be set to what they should be; does not wait for it. */
export type HealCredentials = (databaseId: string) => Promise<void>;

/** What is done about a login that was refused. */
export class RefusedLogins {
  constructor(private readonly healCredentials: HealCredentials | undefined) {}

  /**
   * In how many milliseconds to try again: what Postgres refuses for a moment is asked for again, what
   * was healed until it takes effect. Null: not at all.
   */
  retryMs(waiter: Waiter, error: unknown): number | null {
    const { code } = error as { code?: string };
    if (code === TOO_MANY_CONNECTIONS) return RETRY_MS;
    return mayHeal(error) && this.healing(waiter) ? HEAL_RETRY_MS : null;
  }

  /** Asks for the login to be healed, once; answers whether that may still come to be. */
  private healing(waiter: Waiter): boolean {
    if (!this.healCredentials) return false;
    const now = performance.now();
    if (waiter.healingSince === null) {
      waiter.healingSince = now;
      this.healCredentials(waiter.pool.database.databaseId).catch(() => undefined);
    }
    return now < waiter.healingSince + HEAL_MS;
  }
}
