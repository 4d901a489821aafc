import { CREATION_STEPS } from '@howdah/clusters';
import type { Placement } from '@howdah/databases';
import { Injectable, Inject } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';
import { FaultPoint } from '../fault-point.service';

/**
 * Walks the steps that make a database on its cluster. Each step finds what an earlier attempt
 * left and goes on from there, so the walk may be begun again at any time.
 */
@Injectable()
export class CreateOnCluster {
  constructor(
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(FaultPoint) private readonly fault: FaultPoint,
  ) {}

  async run(placement: Placement, connectionsMax: number): Promise<void> {
    const cluster = this.clusters.get(placement.clusterId);
    const tenant = { ...tenantOf(placement), connectionsMax };
    this.fault.pass('name');
    for (const step of CREATION_STEPS) {
      await step.run(cluster, tenant);
      this.fault.pass(step.name);
    }
  }
}
