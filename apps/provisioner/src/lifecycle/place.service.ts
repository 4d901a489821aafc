import {
  appliedOpen,
  type DatabaseEntity,
  DatabaseRepository,
  type Placement,
  PlacementRepository,
} from '@howdah/databases';
import { AppError, randomName } from '@howdah/kernel';
import { DataSource, transaction } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';
import { FaultPoint } from '../fault-point.service';

/** What a plan asks of the cluster its databases are placed on. */
export interface ClusterNeeds {
  needsHardened: boolean;
}

/** Gives a requested database its place: one of the warm pool, or a new name on a cluster. */
@Injectable()
export class Place {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(PlacementRepository) private readonly placement: PlacementRepository,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(FaultPoint) private readonly fault: FaultPoint,
  ) {}

  /** Whether there was a spare; then the database is ready. The spare changes hands at once. */
  async onSpare(database: DatabaseEntity, connectionsMax: number): Promise<boolean> {
    const claimed = await transaction(this.source, async (tx) => {
      const spare = await this.placement.claimSpare(tx, this.clusters.ids);
      if (!spare) return null;
      const moved = await this.databases.move(tx, database.id, ['requested'], 'creating', spare);
      if (!moved) throw new AppError('state_conflict', 'The database was deleted meanwhile.');
      return spare;
    });
    if (!claimed) return false;
    this.fault.pass('claim');
    const cluster = this.clusters.get(claimed.clusterId);
    await cluster.setConnectionLimit(tenantOf(claimed), connectionsMax);
    const applied = appliedOpen(database.planId);
    await this.databases.advance(database.id, ['creating'], 'ready', { failure: null, applied });
    return true;
  }

  /** Saves the name before anything of that name is made. */
  async onNewName(database: DatabaseEntity, needs: ClusterNeeds): Promise<Placement> {
    const cluster = await this.placement.chooseCluster(this.clusters.ids, needs);
    if (!cluster) throw new AppError('busy', noRoom(needs));
    const placement = {
      clusterId: cluster.id,
      physicalName: randomName('d'),
      family: randomName('f'),
    };
    const moved = await this.databases.advance(database.id, ['requested'], 'creating', placement);
    if (!moved) throw new AppError('state_conflict', 'The database was deleted meanwhile.');
    return placement;
  }
}

function noRoom({ needsHardened }: ClusterNeeds): string {
  return `No ${needsHardened ? 'hardened ' : ''}cluster has room for another database.`;
}
