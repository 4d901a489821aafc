import {
  DatabaseRepository,
  placementOf,
  type SnapshotEntity,
  SnapshotRepository,
} from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import { DataSource, transaction } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';
import { FaultPoint } from '../fault-point.service';

/** By its name on its cluster. */
type ExpiredSnapshot = Pick<SnapshotEntity, 'id' | 'clusterId' | 'physicalName' | 'family'>;

/**
 * `deleting → deleted`: the database is closed where it is and becomes its own final snapshot,
 * which costs no copy and no time. A sweep drops it when the snapshot's days are over.
 */
@Injectable()
export class Drop {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(SnapshotRepository) private readonly snapshots: SnapshotRepository,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(FaultPoint) private readonly fault: FaultPoint,
  ) {}

  /** To be run under the database's lock. */
  async run(databaseId: string): Promise<void> {
    const database = await this.databases.find(databaseId);
    if (database?.state !== 'deleting') return;
    const placement = placementOf(database);
    if (placement) {
      await this.clusters.get(placement.clusterId).close(tenantOf(placement));
      this.fault.pass('close');
    }
    await transaction(this.source, async (tx) => {
      const moved = await this.databases.move(tx, databaseId, ['deleting'], 'deleted');
      if (moved) await this.snapshots.insertFinal(tx, database);
    });
  }

  /** Drops what was kept long enough. */
  async expire(): Promise<void> {
    const expired = await this.snapshots.expired(this.clusters.ids);
    const failures: unknown[] = [];
    for (const snapshot of expired) {
      await this.forget(snapshot).catch(async (error: unknown) => {
        failures.push(error);
        await this.snapshots.recordFailure(snapshot.id);
      });
    }
    // One that cannot be dropped now keeps no other from it.
    if (failures.length > 0)
      throw new AggregateError(failures, 'Some snapshots could not be dropped');
  }

  private async forget(snapshot: ExpiredSnapshot): Promise<void> {
    const { id, clusterId, physicalName, family } = snapshot;
    const keepFamily = await this.snapshots.familyLives(family, physicalName);
    const tenant = tenantOf({ physicalName, family });
    const left = await this.clusters.get(clusterId).drop(tenant, { keepFamily });
    this.fault.pass('drop');
    // Roles that another database still names are tried again with the next sweep.
    if (left.length > 0) throw new AppError('busy', `${left.join(', ')} cannot be dropped yet`);
    await this.snapshots.remove(id);
  }
}
