import { Clock, newId } from '@howdah/kernel';
import type { Tx } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, LessThan } from 'typeorm';
import type { DatabaseEntity } from './database.entity';
import { placementOf } from './placement-of';
import { SnapshotEntity } from './snapshot.entity';

const KEPT_DAYS = 7;

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
  }

  /** Those on the clusters that may go. */
  expired(clusterIds: string[]): Promise<SnapshotEntity[]> {
    const now = this.clock.now();
    return this.source.getRepository(SnapshotEntity).find({
      where: { clusterId: In(clusterIds), expiresAt: LessThan(now) },
      order: { expiresAt: 'ASC' },
      take: 100,
    });
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
