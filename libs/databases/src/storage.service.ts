import { AppError } from '@howdah/kernel';
import { DataSource } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { Reclaim } from './database.entity';
import { DatabaseService } from './database.service';

/** A reclaim that was asked for. `askedAt` is Postgres' own text: a `Date` would lose its microseconds. */
export interface WantedReclaim {
  reclaim: Reclaim;
  askedAt: string;
}

/** Asks for what a database holds and no longer uses. The provisioner clears it away. */
@Injectable()
export class StorageService {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(DatabaseService) private readonly databases: DatabaseService,
  ) {}

  /** @throws AppError `state_conflict` when the database does not run */
  async reclaim(id: string): Promise<void> {
    if (await this.ask(id, 'full', { lockWrites: false })) return;
    const [{ state }] = await this.databases.get(id);
    const message = `A database that is ${state} has nothing to reclaim now.`;
    throw new AppError('state_conflict', message, { state });
  }

  /**
   * A write over quota was undone, and its files stay longer until a vacuum: were the next one let
   * in, they would grow without end though nothing is ever kept.
   */
  async lockWrites(id: string): Promise<void> {
    await this.ask(id, 'plain', { lockWrites: true });
  }

  /** What is wanted of a database that runs; null when nothing is. */
  async wanted(id: string): Promise<WantedReclaim | null> {
    const [row] = await this.source.query<WantedReclaim[]>(
      `select reclaim, reclaim_asked_at::text as "askedAt" from database
       where id = $1 and reclaim is not null and state in ('ready', 'read_only')`,
      [id],
    );
    return row ?? null;
  }

  /** Done; unless it was asked for again meanwhile. */
  async reclaimed(id: string, { askedAt }: WantedReclaim): Promise<void> {
    await this.source.query(
      `update database set reclaim = null, reclaim_asked_at = null, writes_locked = false
       where id = $1 and reclaim_asked_at = $2::timestamptz`,
      [id, askedAt],
    );
  }

  private async ask(
    id: string,
    reclaim: Reclaim,
    { lockWrites }: { lockWrites: boolean },
  ): Promise<boolean> {
    const [, affected] = await this.source.query<[unknown[], number]>(
      `update database set reclaim_asked_at = now(),
         reclaim = case when reclaim = 'full' then 'full' else $2 end,
         writes_locked = writes_locked or $3
       where id = $1 and state in ('ready', 'read_only')`,
      [id, reclaim, lockWrites],
    );
    if (affected === 0) return false;
    await this.databases.hintProvisioner('reclaim', { id });
    return true;
  }
}
