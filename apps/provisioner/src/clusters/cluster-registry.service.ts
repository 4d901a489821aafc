import { Cluster } from '@howdah/clusters';
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
  private readonly names = new Set<string>();

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
      const { tier, findings } = await cluster.prepare();
      await this.placement.recordTier(id, tier, findings);
      this.logger.log({ cluster: name, tier });
      for (const finding of findings) this.logger.warn(`Cluster ${name}: ${finding}`);
    } catch (error) {
      await cluster.end();
      throw error;
    }
    this.clusters.set(id, cluster);
    this.names.add(name);
  }
}
