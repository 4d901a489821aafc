import type { BackendLimits } from '@howdah/databases';
import { within } from '@howdah/queue';

const FRESH_MS = 5_000;
/** The reaper waits no longer to hear of a database: others are to be ended meanwhile. */
const WAIT_MS = 500;
/** A question without an answer is put again. */
const ASK_AGAIN_MS = 5_000;

interface Known {
  limits: BackendLimits | undefined;
  askedAt: number;
}

/**
 * Limits of databases by their names on a cluster, asked for again after some seconds. While the
 * control plane is away what was known holds: customers' statements run without it, too. Only for
 * one that nothing is known of is waited, and not for long.
 */
export class KnownLimits {
  private known = new Map<string, Known>();
  /** When what has no answer yet was asked. */
  private readonly asking = new Map<string, number>();

  constructor(
    private readonly ask: (names: string[]) => Promise<BackendLimits[]>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Of these, all that could be learnt. A database that there is not has `undefined`; of one that
   * nothing is known of, since nobody could be asked, there is no entry.
   */
  async of(
    backends: readonly { database: string }[],
  ): Promise<ReadonlyMap<string, BackendLimits | undefined>> {
    const names = [...new Set(backends.map(({ database }) => database))];
    const before = this.known;
    // What is not asked for any more is forgotten.
    this.known = new Map(names.flatMap((name) => pair(name, before.get(name))));
    const stale = names.filter((name) => !this.isFresh(name) && !this.isAsked(name));
    if (stale.length > 0) {
      const learning = this.learn(stale);
      const unknown = stale.some((name) => !this.known.has(name));
      if (unknown) await within(WAIT_MS, learning).catch(() => undefined);
    }
    return new Map([...this.known].map(([name, { limits }]) => [name, limits]));
  }

  private isFresh(name: string): boolean {
    const known = this.known.get(name);
    return known !== undefined && this.now() - known.askedAt < FRESH_MS;
  }

  private isAsked(name: string): boolean {
    const askedAt = this.asking.get(name);
    return askedAt !== undefined && this.now() - askedAt < ASK_AGAIN_MS;
  }

  private async learn(names: string[]): Promise<void> {
    const askedAt = this.now();
    for (const name of names) this.asking.set(name, askedAt);
    const found = await this.ask(names).catch(() => null);
    for (const name of names) this.asking.delete(name);
    if (!found) return;
    const byName = new Map(found.map((limits) => [limits.physicalName, limits]));
    for (const name of names) this.known.set(name, { limits: byName.get(name), askedAt });
  }
}

function pair<V>(name: string, value: V | undefined): [string, V][] {
  return value === undefined ? [] : [[name, value]];
}
