import type { OverdueBackend, SlowAnalyze } from '@howdah/clusters';
import {
  type BackendLimits,
  SUSPENSION,
  SuspensionService,
  UpkeepRepository,
} from '@howdah/databases';
import { Metrics } from '@howdah/http';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Counter } from 'prom-client';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import type { ProvisionerEnv } from '../env';
import { PROVISIONER_ENV } from '../provisioner-env.token';
import { Rounds } from '../rounds';
import { ClusterReaper } from './cluster-reaper';
import { jail } from './jail';

const LOG_EVERY_MS = 10_000;

/**
 * A loop a cluster, in every provisioner: it needs no lock, as ending a backend twice is ending it.
 * What harms a cluster and cannot be ended closes its database.
 */
@Injectable()
export class ReaperRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('reaper');
  private readonly reapers = new Map<string, { reaper: ClusterReaper; rounds: Rounds }>();
  private readonly ended: Counter<'kind'>;
  private readonly newClusters: Rounds;

  constructor(
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(UpkeepRepository) private readonly upkeep: UpkeepRepository,
    @Inject(SuspensionService) private readonly suspensions: SuspensionService,
    @Inject(PROVISIONER_ENV) private readonly env: ProvisionerEnv,
    @Inject(Metrics) metrics: Metrics,
  ) {
    this.ended = new Counter({
      name: 'howdah_backends_ended_total',
      help: 'Backends that the reaper ended: statements past their limit, analyzes held hostage',
      labelNames: ['kind'],
      registers: [metrics.registry],
    });
    this.newClusters = new Rounds(async () => this.watchNew(), env.SWEEP_EVERY_MS);
  }

  onApplicationBootstrap(): void {
    this.newClusters.soon();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.newClusters.stop();
    await Promise.all(
      [...this.reapers.values()].map(async ({ reaper, rounds }) => {
        await rounds.stop();
        await reaper.end();
      }),
    );
  }

  /** A cluster that was away at the start is watched from when it is there. */
  private watchNew(): void {
    for (const id of this.clusters.ids) {
      if (this.reapers.has(id)) continue;
      const reaper = this.reaperOf(id);
      const rounds = new Rounds(this.round(id, reaper), this.env.REAP_EVERY_MS);
      this.reapers.set(id, { reaper, rounds });
      rounds.soon();
    }
  }

  /** A cluster that is away is tried again at each round; the log says so now and then. */
  private round(id: string, reaper: ClusterReaper): () => Promise<void> {
    const failed = this.nowAndThen((error) => `Cluster ${id}: ${error.message}`);
    return () => reaper.round().catch(failed);
  }

  private nowAndThen(message: (error: Error) => string): (error: Error) => void {
    let loggedAt = -LOG_EVERY_MS;
    return (error) => {
      if (performance.now() - loggedAt < LOG_EVERY_MS) return;
      loggedAt = performance.now();
      this.logger.warn(message(error));
    };
  }

  private reaperOf(clusterId: string): ClusterReaper {
    const events = {
      limitsOf: (names: string[]) => this.upkeep.limitsOf(clusterId, names),
      terminated: (kind: string, count: number) => this.ended.labels(kind).inc(count),
      stubborn: (backend: OverdueBackend, limits: BackendLimits | undefined) =>
        this.onStubborn(backend, limits),
      hostage: (worker: SlowAnalyze, limits: BackendLimits | undefined) =>
        this.onHostage(worker, limits),
      untold: this.nowAndThen(({ message }) => `What harms ${clusterId} goes on: ${message}`),
    };
    const session = this.clusters.get(clusterId).reaper();
    return new ClusterReaper(session, events, this.env.ANALYZE_MAX_MS);
  }

  private async onStubborn(
    backend: OverdueBackend,
    limits: BackendLimits | undefined,
  ): Promise<void> {
    const jailed = await jail(backend, { cgroup: this.env.JAIL_CGROUP });
    const { pid, database, ageMs } = backend;
    this.logger.warn({ pid, database, databaseId: limits?.id, ageMs, jailed }, 'nothing ends it');
    if (limits) await this.suspensions.suspendWithNeighbours(limits.id, SUSPENSION.stubborn);
  }

  private async onHostage(worker: SlowAnalyze, limits: BackendLimits | undefined): Promise<void> {
    const { pid, database, relation } = worker;
    this.logger.warn({ pid, database, databaseId: limits?.id, relation }, 'autovacuum was held');
    if (limits) await this.suspensions.suspend(limits.id, SUSPENSION.hostage);
  }
}
