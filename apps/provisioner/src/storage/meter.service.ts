import type { Cluster } from '@howdah/clusters';
import {
  DatabaseRepository,
  type MeasuredDatabase,
  placementOf,
  storageLevel,
  SuspensionService,
  UsageRepository,
} from '@howdah/databases';
import { Clock } from '@howdah/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import { tenantOf } from '../clusters/tenant-of';
import { goesOnGrowing } from './goes-on-growing';
import { needsCounting, needsMeasuring } from './what-to-measure';

/**
 * Measures databases and writes down what they hold; the row's level and state follow. Only those
 * that Postgres has seen change rows since the last look are looked at again.
 */
@Injectable()
export class Meter {
  private readonly logger = new Logger('meter');

  constructor(
    @Inject(UsageRepository) private readonly usage: UsageRepository,
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(SuspensionService) private readonly suspensions: SuspensionService,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** All databases of a cluster. */
  async measureCluster(clusterId: string): Promise<void> {
    const cluster = this.clusters.get(clusterId);
    // Asked for first: what changes while sizes are taken is then found at the next look.
    const activity = await cluster.activity();
    const all = await this.usage.ofCluster(clusterId);
    const now = this.clock.now();
    const moved = all.filter((database) =>
      needsMeasuring(database, activity.get(database.physicalName), now),
    );
    await this.look(cluster, moved, activity);
    const movedIds = new Set(moved.map(({ id }) => id));
    // A plan that changed moves the level of a database that did not.
    for (const database of all) {
      if (!movedIds.has(database.id)) await this.judge(database);
    }
  }

  /** One database, now. */
  async measure(databaseId: string): Promise<void> {
    const row = await this.databases.find(databaseId);
    const database = await this.usage.find(databaseId);
    const placement = row && placementOf(row);
    if (!database || !placement) return;
    const cluster = this.clusters.get(placement.clusterId);
    await this.look(cluster, [database], await cluster.activity());
  }

  private async look(
    cluster: Cluster,
    databases: readonly MeasuredDatabase[],
    activity: ReadonlyMap<string, number>,
  ): Promise<void> {
    if (databases.length === 0) return;
    const sizes = await cluster.sizes(databases.map(({ physicalName }) => physicalName));
    for (const database of databases) {
      const bytes = sizes.get(database.physicalName);
      if (bytes === undefined) continue;
      await this.save(cluster, database, bytes, activity.get(database.physicalName) ?? 0).catch(
        // One that is just being dropped keeps no other from being measured.
        (error: Error) => this.logger.warn(`${database.id} was not measured: ${error.message}`),
      );
    }
  }

  private async save(
    cluster: Cluster,
    database: MeasuredDatabase,
    bytes: number,
    activity: number,
  ): Promise<void> {
    const counted = needsCounting(database, activity, this.clock.now());
    const objects = counted ? await cluster.countObjects(tenantOf(database)) : {};
    const used = { ...database.used, ...objects, bytes };
    const floorBytes = await this.usage.save(database.id, { used, activity, counted });
    const measured = { ...database, used };
    await this.judge(measured);
    if (goesOnGrowing(measured, floorBytes)) await this.suspensions.suspend(database.id, GROWING);
  }

  private async judge({ id, state, level, writesLocked, used, limits }: MeasuredDatabase) {
    const now = storageLevel(used, limits);
    const fits = (now === 'full') === (state === 'read_only') || writesLocked;
    if (now === level && fits) return;
    if (await this.usage.saveLevel(id, now)) this.logger.log({ databaseId: id, level: now });
  }
}

const GROWING = 'It is over its limit of storage, and went on growing.';
