import { DatabaseRepository, placementOf, StorageService } from '@howdah/databases';
import { Inject, Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';
import { Meter } from './meter.service';

/** Gives back what a database's files hold and its rows no longer use, then measures it. */
@Injectable()
export class ReclaimStorage {
  constructor(
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(StorageService) private readonly storage: StorageService,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(Meter) private readonly meter: Meter,
  ) {}

  /** What undone writes have left behind, so that writing can go on. By one worker at a time. */
  async vacuum(databaseId: string): Promise<void> {
    const lockedSince = await this.storage.lockedSince(databaseId);
    if (lockedSince === null) return;
    await this.onCluster(databaseId, { full: false }, () =>
      this.storage.vacuumed(databaseId, lockedSince),
    );
  }

  /** All of it, as its owner has asked. By one worker at a time. */
  async reclaim(databaseId: string): Promise<void> {
    const askedAt = await this.storage.reclaimAskedAt(databaseId);
    if (askedAt === null) return;
    await this.onCluster(databaseId, { full: true }, () =>
      this.storage.reclaimed(databaseId, askedAt),
    );
  }

  private async onCluster(
    databaseId: string,
    options: { full: boolean },
    done: () => Promise<void>,
  ): Promise<void> {
    const database = await this.databases.find(databaseId);
    const placement = database && placementOf(database);
    if (!placement) return;
    await this.clusters.get(placement.clusterId).reclaim(tenantOf(placement), options);
    await done();
    await this.meter.measure(databaseId);
  }
}
