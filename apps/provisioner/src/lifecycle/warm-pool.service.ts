import { type Placement, PlacementRepository } from '@howdah/databases';
import { Inject, Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { CreateOnCluster } from './create-on-cluster.service';
import type { ProvisionerEnv } from '../env';
import { PROVISIONER_ENV } from '../provisioner-env.token';
import { RowLock } from '../row-lock.service';

/** Until a claim sets that of the plan; a spare has no key and so no sessions. */
const SPARE_CONNECTIONS = 5;

/** A spare may become a database of any plan. */
const ANY_PLAN = { needsHardened: true };

/** Databases made ahead. Each is written down before it is made, and ready only when it is whole. */
@Injectable()
export class WarmPool {
  constructor(
    @Inject(PlacementRepository) private readonly placement: PlacementRepository,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(CreateOnCluster) private readonly create: CreateOnCluster,
    @Inject(RowLock) private readonly lock: RowLock,
    @Inject(PROVISIONER_ENV) private readonly env: ProvisionerEnv,
  ) {}

  /** Finishes what a worker that died began, then makes as many as are missing. */
  async fill(stopRequested: () => boolean): Promise<void> {
    await this.lock.hold('warm-pool', async () => {
      for (const spare of await this.placement.unreadySpares(this.clusters.ids)) {
        await this.make(spare);
      }
      while (!stopRequested() && (await this.placement.spareCount()) < this.env.WARM_POOL_SIZE) {
        const cluster = await this.placement.chooseCluster(this.clusters.ids, ANY_PLAN);
        if (!cluster) return;
        const spare = await this.placement.planSpare(cluster.id);
        await this.make(spare);
      }
    });
  }

  private async make(spare: Placement): Promise<void> {
    await this.create.run(spare, SPARE_CONNECTIONS);
    await this.placement.spareIsReady(spare.physicalName);
  }
}
