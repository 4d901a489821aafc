import type { Cluster } from '@howdah/clusters';
import type { StorageLevel } from '@howdah/contracts';
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
import { Pace } from './pace';
import { someAtOnce } from './some-at-once';
import { needsCounting, needsMeasuring } from './what-to-measure';

const AT_ONCE = 4;
/** A plan that changed moves the level of a database that did not. */
const JUDGE_ALL_EVERY_MS = 5_000;
/** Of one whose catalogs take too long, or are locked. */
const COUNT_AGAIN_AFTER_MS = 30_000;

/**
 * Measures databases and writes down what they hold; the row's level and state follow. Only those
 * that Postgres has seen change rows since the last look are looked at again.
 */
@Injectable()
export class Meter {
  private readonly logger = new Logger('meter');
  private readonly judgingAll = new Pace(JUDGE_ALL_EVERY_MS);
  /** When the objects of a database could not be counted, in the time of `clock`. */
  private readonly uncounted = new Map<string, number>();

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
    const databases = this.judgingAll.isTurn(clusterId)
      ? await this.usage.ofCluster(clusterId)
      : await this.usage.movedOf(clusterId, activity);
    const now = this.clock.now();
    const moved = new Set(
      databases.filter((database) =>
        needsMeasuring(database, activity.get(database.physicalName), now),
      ),
    );
    await this.look(cluster, [...moved], activity);
    for (const database of databases) {
      if (!moved.has(database)) await this.judge(database);
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
    await someAtOnce(AT_ONCE, databases, async (database) => {
      const bytes = sizes.get(database.physicalName);
      if (bytes === undefined) return;
      const rows = activity.get(database.physicalName) ?? 0;
      try {
        const weighed = await this.weigh(database, bytes, rows);
        if (this.mayCount(weighed, rows)) await this.count(cluster, weighed, rows);
      } catch (error) {
        // One that is just being dropped keeps no other from being measured.
        this.logger.warn(`${database.id} was not measured: ${(error as Error).message}`);
      }
    });
  }

  /** Saved before anything else is asked, which its tenant may make impossible. */
  private async weigh(
    database: MeasuredDatabase,
    bytes: number,
    activity: number,
  ): Promise<MeasuredDatabase> {
    const floorBytes = await this.usage.saveBytes(database.id, bytes, activity);
    const weighed = { ...database, used: { ...database.used, bytes } };
    const level = await this.judge(weighed);
    if (goesOnGrowing(weighed, floorBytes)) await this.suspensions.suspend(database.id, GROWING);
    return { ...weighed, level };
  }

  private mayCount(database: MeasuredDatabase, activity: number): boolean {
    const now = this.clock.now();
    const failedAt = this.uncounted.get(database.id) ?? -Infinity;
    return (
      now.getTime() - failedAt >= COUNT_AGAIN_AFTER_MS && needsCounting(database, activity, now)
    );
  }

  /** Where that fails, the counts before hold. */
  private async count(
    cluster: Cluster,
    database: MeasuredDatabase,
    activity: number,
  ): Promise<void> {
    const { id, used } = database;
    try {
      const objects = await cluster.countObjects(tenantOf(database));
      this.uncounted.delete(id);
      await this.usage.saveObjects(id, objects, activity);
      await this.judge({ ...database, used: { ...used, ...objects } });
    } catch (error) {
      this.uncounted.set(id, this.clock.now().getTime());
      throw error;
    }
  }

  private async judge(database: MeasuredDatabase): Promise<StorageLevel> {
    const { id, state, level, writesLocked, used, limits } = database;
    const now = storageLevel(used, limits);
    const fits = (now === 'full') === (state === 'read_only') || writesLocked;
    if (now === level && fits) return now;
    if (await this.usage.saveLevel(id, now)) this.logger.log({ databaseId: id, level: now });
    return now;
  }
}

const GROWING = 'It is over its limit of storage, and went on growing.';
