import { Clock, newId } from '@howdah/kernel';
import type { Tx } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { DatabaseEntity } from './database.entity';
import { placementOf } from './placement-of';
import { SnapshotEntity } from './snapshot.entity';

const KEPT_DAYS = 7;
const KEPT_MAX = 5;

/** By its name on its cluster. */
type ExpiredSnapshot = Pick<SnapshotEntity, 'id' | 'clusterId' | 'physicalName' | 'family'>;

@Injectable()
export class SnapshotRepository {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The last of a database: itself, closed. Its name on the cluster passes to the snapshot. */
  async insertFinal(tx: Tx, database: DatabaseEntity): Promise<void> {
    const placement = placementOf(database);
    if (!placement) return;
    const now = this.clock.now();
    await tx.insert(SnapshotEntity, {
      id: newId('snap'),
      databaseId: database.id,
      ...placement,
      cause: 'deletion',
      createdAt: now,
      expiresAt: new Date(now.getTime() + KEPT_DAYS * 86_400_000),
    });
    await this.expireOlder(tx, database.accountId);
  }

  /**
   * Of the databases that an account deleted the last few are kept: each is a whole database on its
   * cluster, and making and deleting must not fill one.
   */
  private async expireOlder(tx: Tx, accountId: string): Promise<void> {
    await tx.query(
      `update snapshot set expires_at = now() where id in (
         select s.id from snapshot s join database d on d.id = s.database_id
         where d.account_id = $1 and s.cause = 'deletion'
         order by s.created_at desc, s.id desc offset $2)
       and expires_at > now()`,
      [accountId, KEPT_MAX],
    );
  }

  /** Those on the clusters that may go; what could not be dropped comes after all others. */
  expired(clusterIds: string[]): Promise<ExpiredSnapshot[]> {
    return this.source.query<ExpiredSnapshot[]>(
      `select id, cluster_id as "clusterId", physical_name as "physicalName", family
       from snapshot where cluster_id = any($1) and expires_at < $2
       order by drop_failed_at nulls first, expires_at limit 100`,
      [clusterIds, this.clock.now()],
    );
  }

  /** It could not be dropped now. */
  async recordFailure(id: string): Promise<void> {
    await this.source.query('update snapshot set drop_failed_at = now() where id = $1', [id]);
  }

  async remove(id: string): Promise<void> {
    await this.source.getRepository(SnapshotEntity).delete({ id });
  }

  /** Whether anything else of the family is still on its cluster, so that its groups must stay. */
  async familyLives(family: string, exceptPhysicalName: string): Promise<boolean> {
    const rows = await this.source.query<{ lives: boolean }[]>(
      `select exists (
         select 1 from database where family = $1 and physical_name <> $2 and state <> 'deleted'
         union all select 1 from snapshot where family = $1 and physical_name <> $2) as lives`,
      [family, exceptPhysicalName],
    );
    return rows[0]!.lives;
  }
}
