import { ChangeFeed, DataSource, type Loaded, Remembered } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ClusterEntity } from './cluster.entity';
import { DatabaseEntity } from './database.entity';
import { type DatabaseRoute, routeOf } from './database-route';
import { PlanEntity } from './plan.entity';

const REMEMBERED_MAX = 50_000;

/** From a database's id to its route, without a look-up for those seen in the last minute. */
@Injectable()
export class DatabaseDirectory {
  private readonly remembered: Remembered<DatabaseRoute>;

  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(ChangeFeed) private readonly feed: ChangeFeed,
  ) {
    this.remembered = new Remembered(feed, (id) => this.load(id), {
      tables: ['cluster', 'database', 'plan'],
      entriesMax: REMEMBERED_MAX,
    });
  }

  /** The route if it is in memory. */
  peek(id: string): DatabaseRoute | undefined {
    return this.remembered.peek(id);
  }

  /** Null when there is no such database, or no longer. */
  find(id: string): Promise<DatabaseRoute | null> {
    return this.remembered.get(id);
  }

  /** Calls back with the id of each database that changed, or null when any may have. */
  onChange(listener: (id: string | null) => void): void {
    this.feed.subscribe('database', listener);
  }

  private async load(id: string): Promise<Loaded<DatabaseRoute> | null> {
    const database = await this.source.getRepository(DatabaseEntity).findOneBy({ id });
    if (!database || database.state === 'deleted') return null;
    const [plan, cluster] = await Promise.all([
      this.source.getRepository(PlanEntity).findOneByOrFail({ id: database.planId }),
      database.clusterId === null
        ? null
        : this.source.getRepository(ClusterEntity).findOneByOrFail({ id: database.clusterId }),
    ]);
    const rows = [`database:${id}`, `plan:${plan.id}`];
    if (cluster) rows.push(`cluster:${cluster.id}`);
    return { value: routeOf(database, plan, cluster), rows };
  }
}
