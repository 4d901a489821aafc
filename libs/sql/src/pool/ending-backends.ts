import type { Connection } from './connection';

/** A backend ends within milliseconds of being told; an overloaded machine may need some more. */
const STUCK_MS = 500;
/** Some C asks neither for a cancel nor for a termination, for a minute and more. */
const STUBBORN_MS = 3_000;
/** A cluster that is out of reach for so long is taken for dead, and its backends with it. */
const LOST_MS = 30_000;

interface Ending {
  readonly toldAt: number;
  stuck: boolean;
  reported: boolean;
}

/** Backends that were told to end, by Postgres' own word, and whose server has not hung up yet. */
export class EndingBackends {
  private readonly endings = new Map<Connection, Ending>();
  private readonly unreachableSince = new Map<Connection, number>();

  /**
   * Postgres told the backend to end, for the first time or again, when asked at `askedAt`. Answers
   * whether that is to be reported, true once: when it was seen alive although it had time, and
   * nothing of ours could hold it up.
   */
  told(connection: Connection, askedAt: number): boolean {
    this.unreachableSince.delete(connection);
    const ending = this.endings.get(connection);
    if (!ending) {
      const toldAt = performance.now();
      this.endings.set(connection, { toldAt, stuck: false, reported: false });
      return false;
    }
    if (ending.reported || !connection.isRead || askedAt - ending.toldAt < STUBBORN_MS)
      return false;
    ending.reported = true;
    return true;
  }

  /** Its report was lost: it is to be reported when it is seen again. */
  unreported(connection: Connection): void {
    const ending = this.endings.get(connection);
    if (ending) ending.reported = false;
  }

  /** Its cluster could not be asked at `askedAt`; answers whether that is so for too long. */
  isLost(connection: Connection, askedAt: number): boolean {
    const since = this.unreachableSince.get(connection) ?? askedAt;
    this.unreachableSince.set(connection, since);
    return performance.now() - since > LOST_MS;
  }

  ended(connection: Connection): void {
    this.endings.delete(connection);
    this.unreachableSince.delete(connection);
  }

  /** Those that should have ended by `now`, each once. */
  *newlyStuck(now: number): Generator<Connection, void> {
    for (const [connection, ending] of this.endings) {
      if (ending.stuck || now - ending.toldAt <= STUCK_MS) continue;
      ending.stuck = true;
      yield connection;
    }
  }
}
