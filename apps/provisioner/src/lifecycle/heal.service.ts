import { DatabaseRepository, placementOf } from '@howdah/databases';
import { Inject, Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';

/** Gives a database's logins their derived passwords again, after its customer changed them. */
@Injectable()
export class Heal {
  constructor(
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
  ) {}

  async run(databaseId: string): Promise<void> {
    const database = await this.databases.find(databaseId);
    if (database?.state !== 'ready') return;
    const placement = placementOf(database);
    if (placement) await this.clusters.get(placement.clusterId).healLogins(tenantOf(placement));
  }
}
