import type { OverdueBackend, Reaper, SlowAnalyze } from '@howdah/clusters';
import type { BackendLimits } from '@howdah/databases';
import { KnownLimits } from './known-limits';
import { limitOf } from './limit-of';
import { greediest } from './memory-guard';
import { Since } from './since';

/** What is younger has done no harm yet. */
const LOOK_FROM_MS = 200;
/** A backend that still runs so long after it was terminated hears nothing. */
const STUBBORN_AFTER_MS = 3_000;

export interface ReaperEvents {
  limitsOf(databases: string[]): Promise<BackendLimits[]>;
  terminated(kind: 'statement' | 'memory' | 'analyze', count: number): void;
  /** It was terminated and goes on; told once. `limits` is missing for a database nobody knows. */
  stubborn(backend: OverdueBackend, limits: BackendLimits | undefined): Promise<void>;
  /** Autovacuum analyzed one table for longer than it should, and was ended. */
  hostage(worker: SlowAnalyze, limits: BackendLimits | undefined): Promise<void>;
}

/**
 * Ends what runs past its limit on one cluster, whether or not there is still a gateway that would.
 * Asks Postgres alone, so it goes on when all gateways have died.
 */
export class ClusterReaper {
  private readonly terminated = new Since<OverdueBackend>();
  private readonly analyzing = new Since<SlowAnalyze>();
  private readonly told = new Set<string>();
  private readonly limits: KnownLimits;

  constructor(
    private readonly session: Reaper,
    private readonly events: ReaperEvents,
    private readonly analyzeMaxMs: number,
  ) {
    this.limits = new KnownLimits((names) => events.limitsOf(names));
  }

  async round(): Promise<void> {
    await this.endStatements();
    await this.endAnalyzes();
  }

  end(): Promise<void> {
    return this.session.end();
  }

  private async endStatements(): Promise<void> {
    const running = await this.session.overdue(LOOK_FROM_MS);
    await this.saveMemory(running);
    const limits = await this.limits.of(running);
    const overdue = running.filter(
      ({ ageMs, database }) => limits.has(database) && ageMs > limitOf(limits.get(database)),
    );
    if (overdue.length > 0) {
      await this.session.terminate(overdue);
      this.events.terminated('statement', overdue.length);
    }
    for (const [backend, forMs] of this.terminated.look(overdue, performance.now())) {
      if (forMs >= STUBBORN_AFTER_MS) await this.tell(backend, limits.get(backend.database));
    }
    if (overdue.length === 0) this.told.clear();
  }

  private async saveMemory(running: readonly OverdueBackend[]): Promise<void> {
    const backend = await greediest(running);
    if (!backend) return;
    await this.session.terminate([backend]);
    this.events.terminated('memory', 1);
  }

  private async tell(backend: OverdueBackend, limits: BackendLimits | undefined): Promise<void> {
    const key = `${backend.pid} ${backend.startedAt}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    await this.events.stubborn(backend, limits);
  }

  private async endAnalyzes(): Promise<void> {
    const found = this.analyzing.look(await this.session.analyzing(), performance.now());
    const slow = found.filter(([, forMs]) => forMs > this.analyzeMaxMs).map(([worker]) => worker);
    if (slow.length === 0) return;
    const limits = await this.limits.of(slow);
    await this.session.terminate(slow);
    this.events.terminated('analyze', slow.length);
    for (const worker of slow) await this.events.hostage(worker, limits.get(worker.database));
  }
}
