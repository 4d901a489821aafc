import type { OverdueBackend, Reaper, SlowAnalyze } from '@howdah/clusters';
import type { BackendLimits } from '@howdah/databases';
import { KnownLimits } from './known-limits';
import { limitOf } from './limit-of';
import { greediest } from './memory-guard';
import { Since } from './since';
import { ToldOnce } from './told-once';

/** What is younger has done no harm yet. */
const LOOK_FROM_MS = 200;
/** A backend that still runs so long after it was terminated hears nothing. */
const STUBBORN_AFTER_MS = 3_000;

export interface ReaperEvents {
  limitsOf(databases: string[]): Promise<BackendLimits[]>;
  terminated(kind: 'statement' | 'memory' | 'analyze', count: number): void;
  /** It was terminated and goes on; told until that succeeds. `limits` is missing for a database nobody knows. */
  stubborn(backend: OverdueBackend, limits: BackendLimits | undefined): Promise<void>;
  /** Autovacuum analyzed one table for longer than it should, and was ended. */
  hostage(worker: SlowAnalyze, limits: BackendLimits | undefined): Promise<void>;
  /** One of the two above was not taken note of. */
  untold(error: Error): void;
}

/**
 * Ends what runs past its limit on one cluster, whether or not there is still a gateway that would.
 * Asks Postgres alone, so it goes on when all gateways have died.
 */
export class ClusterReaper {
  private readonly terminated = new Since<OverdueBackend>();
  private readonly analyzing = new Since<SlowAnalyze>();
  private readonly stubborn: ToldOnce<OverdueBackend>;
  private readonly hostages: ToldOnce<SlowAnalyze>;
  private readonly limits: KnownLimits;

  constructor(
    private readonly session: Reaper,
    private readonly events: ReaperEvents,
    private readonly analyzeMaxMs: number,
  ) {
    this.limits = new KnownLimits((names) => events.limitsOf(names));
    this.stubborn = new ToldOnce((error) => events.untold(error));
    this.hostages = new ToldOnce((error) => events.untold(error));
  }

  /** Statements that cannot be ended now are no reason to let analyzes go on. */
  async round(): Promise<void> {
    const [statements] = await Promise.allSettled([this.endStatements()]);
    await this.endAnalyzes();
    if (statements.status === 'rejected') throw statements.reason;
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
    const stubborn = this.terminated
      .look(overdue, performance.now())
      .flatMap(([backend, forMs]) => (forMs >= STUBBORN_AFTER_MS ? [backend] : []));
    this.stubborn.tell(stubborn, (backend) =>
      this.events.stubborn(backend, limits.get(backend.database)),
    );
  }

  private async saveMemory(running: readonly OverdueBackend[]): Promise<void> {
    const backend = await greediest(running);
    if (!backend) return;
    await this.session.terminate([backend]);
    this.events.terminated('memory', 1);
  }

  private async endAnalyzes(): Promise<void> {
    const found = this.analyzing.look(await this.session.analyzing(), performance.now());
    const slow = found.filter(([, forMs]) => forMs > this.analyzeMaxMs).map(([worker]) => worker);
    if (slow.length > 0) {
      await this.session.terminate(slow);
      this.events.terminated('analyze', slow.length);
    }
    this.hostages.tell(slow, async (worker) => {
      const [limits] = await this.events.limitsOf([worker.database]);
      await this.events.hostage(worker, limits);
    });
  }
}
