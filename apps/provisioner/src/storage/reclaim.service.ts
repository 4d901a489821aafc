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

  /** By one worker at a time. */
  async run(databaseId: string): Promise<void> {
    const wanted = await this.storage.wanted(databaseId);
    const database = wanted && (await this.databases.find(databaseId));
    const placement = database && placementOf(database);
    if (!placement) return;
    const cluster = this.clusters.get(placement.clusterId);
    await cluster.reclaim(tenantOf(placement), { full: wanted.reclaim === 'full' });
    await this.storage.reclaimed(databaseId, wanted);
    await this.meter.measure(databaseId);
  }
}
