import { Cluster, type ClusterFacts, type ClusterTier } from '@howdah/clusters';
import { PlacementRepository } from '@howdah/databases';
import { AppError, clusterSecret, newId } from '@howdah/kernel';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { ClusterEnv, ProvisionerEnv } from '../env';
import { PROVISIONER_ENV } from '../provisioner-env.token';

/** The clusters this process administers, made ready and known to the gateways. */
@Injectable()
export class ClusterRegistry implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('clusters');
  private readonly clusters = new Map<string, Cluster>();
  /** Those by the names they are configured with. */
  private readonly names = new Map<string, Cluster>();
  private readonly tiers = new Map<string, ClusterTier>();

  constructor(
    @Inject(PlacementRepository) private readonly placement: PlacementRepository,
    @Inject(PROVISIONER_ENV) private readonly env: ProvisionerEnv,
  ) {}

  get ids(): string[] {
    return [...this.clusters.keys()];
  }

  /** @throws AppError `database_unreachable` when this process does not administer it */
  get(id: string): Cluster {
    const cluster = this.clusters.get(id);
    if (cluster) return cluster;
    throw new AppError(
      'database_unreachable',
      `Cluster ${id} is not among this worker's CLUSTERS.`,
    );
  }

  async onModuleInit(): Promise<void> {
    await this.registerMissing();
  }

  /** A cluster that is down keeps the others from nothing; a sweep tries it again. */
  async registerMissing(): Promise<void> {
    const missing = this.env.CLUSTERS.filter(({ name }) => !this.names.has(name));
    await Promise.all(
      missing.map((cluster) =>
        this.register(cluster).catch((error: Error) =>
          this.logger.error(`Cluster ${cluster.name}: ${error.message}`),
        ),
      ),
    );
  }

  /**
   * What a cluster can promise is found out again: its settings and rules may have changed. One that
   * is away keeps what was found before.
   */
  async probe(): Promise<void> {
    await Promise.all(
      [...this.names].map(async ([name, cluster]) => {
        try {
          await this.record(name, cluster.id, await cluster.facts());
        } catch (error) {
          this.logger.warn(`Cluster ${name} was not probed: ${(error as Error).message}`);
        }
      }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.clusters.values()].map((cluster) => cluster.end()));
  }

  private async register({ name, adminUrl, host, port }: ClusterEnv): Promise<void> {
    const address = new URL(adminUrl);
    const id = await this.placement.register({
      id: newId('cl'),
      name,
      host: host ?? address.hostname,
      port: port ?? Number(address.port || 5432),
    });
    const secret = clusterSecret(this.env.CLUSTER_SECRET, id);
    const cluster = new Cluster({ id, adminUrl, secret });
    try {
      await this.record(name, id, await cluster.prepare());
    } catch (error) {
      await cluster.end();
      throw error;
    }
    this.clusters.set(id, cluster);
    this.names.set(name, cluster);
  }

  private async record(name: string, id: string, { tier, findings }: ClusterFacts): Promise<void> {
    await this.placement.recordTier(id, tier, findings);
    if (this.tiers.get(id) === tier) return;
    this.tiers.set(id, tier);
    this.logger.log({ cluster: name, tier });
    for (const finding of findings) this.logger.warn(`Cluster ${name}: ${finding}`);
  }
}
