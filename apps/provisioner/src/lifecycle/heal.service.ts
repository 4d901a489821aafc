import type { DatabaseState } from '@howdah/contracts';
import { DatabaseRepository, placementOf } from '@howdah/databases';
import { Inject, Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';

/** A suspended one has its logins closed, and is given them again when that is lifted. */
const RUNNING = new Set<DatabaseState>(['ready', 'read_only']);

/** Gives a database's logins their derived passwords again, after its customer changed them. */
@Injectable()
export class Heal {
  constructor(
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
  ) {}

  async run(databaseId: string): Promise<void> {
    const database = await this.databases.find(databaseId);
    if (!database || !RUNNING.has(database.state)) return;
    const placement = placementOf(database);
    if (placement) await this.clusters.get(placement.clusterId).healLogins(tenantOf(placement));
  }
}
