import { SuspensionService, type Unapplied, UpkeepRepository } from '@howdah/databases';
import { Inject, Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';
import { connectionsFor } from './connections-for';

/** Brings a cluster in line with a row that changed: its plan's connections, its logins open or closed. */
@Injectable()
export class Apply {
  constructor(
    @Inject(UpkeepRepository) private readonly upkeep: UpkeepRepository,
    @Inject(SuspensionService) private readonly suspensions: SuspensionService,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
  ) {}

  /** To be run under the database's lock. */
  async run(databaseId: string): Promise<void> {
    const change = await this.upkeep.unappliedOf(databaseId);
    if (!change) return;
    await this.onCluster(change);
    await this.upkeep.recordApplied(databaseId, change.wanted);
    if (change.lifted) await this.suspensions.reopen(databaseId);
  }

  private async onCluster(change: Unapplied): Promise<void> {
    const cluster = this.clusters.get(change.clusterId);
    const tenant = tenantOf(change);
    const connectionsMax = connectionsFor(change);
    if (change.first) {
      await cluster.grantDatabase(tenant);
      await cluster.healLogins(tenant);
    }
    if (change.closed) await cluster.suspend(tenant);
    else if (change.lifted) await cluster.openLogins({ ...tenant, connectionsMax });
    else await cluster.setConnectionLimit(tenant, connectionsMax);
  }
}
