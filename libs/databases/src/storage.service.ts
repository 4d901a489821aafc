import type { DatabaseState } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';
import { DataSource } from '@howdah/persistence';
import { type RateLimit, RateLimits } from '@howdah/queue';
import { Inject, Injectable } from '@nestjs/common';
import { DatabaseService } from './database.service';

/** Writing tables anew works for a minute or two that no limit of a plan counts. */
const RECLAIMS: RateLimit = { name: 'reclaims', points: 4, durationSeconds: 3_600 };

/**
 * Asks for what a database holds and no longer uses. The provisioner clears it away: what locks
 * writes soon, what an owner asks for when there is a worker for it.
 *
 * A time that something was asked for is Postgres' own text: a `Date` would lose its microseconds.
 */
@Injectable()
export class StorageService {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(DatabaseService) private readonly databases: DatabaseService,
    @Inject(RateLimits) private readonly rateLimits: RateLimits,
  ) {}

  /**
   * Its tables are to be written anew.
   *
   * @throws AppError `state_conflict` when the database does not run, `rate_limited` when its
   * account has asked for it too often
   */
  async reclaim(id: string): Promise<void> {
    const [{ accountId }] = await this.databases.get(id);
    const { granted, resetMs } = await this.rateLimits.spend(RECLAIMS, accountId);
    if (granted === 0) throw tooMany(resetMs);
    if (await this.askForReclaim(id)) return this.databases.hintProvisioner('reclaim', { id });
    await this.rateLimits.refund(RECLAIMS, accountId);
    const [{ state }] = await this.databases.get(id);
    throw doesNotRun(state);
  }

  /**
   * A write over quota was undone, and its files stay longer until a vacuum: were the next one let
   * in, they would grow without end though nothing is ever kept.
   */
  async lockWrites(id: string): Promise<void> {
    const [, affected] = await this.source.query<[unknown[], number]>(
      `update database set writes_locked = true, writes_locked_at = now(),
         reclaim = coalesce(reclaim, 'plain'), reclaim_asked_at = coalesce(reclaim_asked_at, now())
       where id = $1 and state in ('ready', 'read_only')`,
      [id],
    );
    if (affected === 1) await this.databases.hintProvisioner('vacuum', { id });
  }

  /** Since when the writes of a database that runs are locked; null when they are not. */
  lockedSince(id: string): Promise<string | null> {
    return this.askedAt(id, 'writes_locked_at', 'writes_locked');
  }

  /** When it was asked to write the tables of a database that runs anew; null when it was not. */
  reclaimAskedAt(id: string): Promise<string | null> {
    return this.askedAt(id, 'reclaim_asked_at', `reclaim = 'full'`);
  }

  /** It is vacuumed: writes are open, unless they were locked again meanwhile. */
  async vacuumed(id: string, lockedSince: string): Promise<void> {
    await this.source.query(
      `update database set writes_locked = false, writes_locked_at = null,
         reclaim = nullif(reclaim, 'plain'),
         reclaim_asked_at = case when reclaim = 'full' then reclaim_asked_at end
       where id = $1 and writes_locked_at = $2::timestamptz`,
      [id, lockedSince],
    );
  }

  /** Its tables are written anew; unless it was asked for again meanwhile. A lock stays. */
  async reclaimed(id: string, askedAt: string): Promise<void> {
    await this.source.query(
      `update database set reclaim = case when writes_locked then 'plain' end,
         reclaim_asked_at = case when writes_locked then writes_locked_at end
       where id = $1 and reclaim = 'full' and reclaim_asked_at = $2::timestamptz`,
      [id, askedAt],
    );
  }

  private async askForReclaim(id: string): Promise<boolean> {
    const [, affected] = await this.source.query<[unknown[], number]>(
      `update database set reclaim = 'full', reclaim_asked_at = now()
       where id = $1 and state in ('ready', 'read_only')`,
      [id],
    );
    return affected === 1;
  }

  private async askedAt(
    id: string,
    column: 'writes_locked_at' | 'reclaim_asked_at',
    condition: string,
  ): Promise<string | null> {
    const [row] = await this.source.query<{ at: string }[]>(
      `select ${column}::text as at from database
       where id = $1 and ${condition} and state in ('ready', 'read_only')`,
      [id],
    );
    return row?.at ?? null;
  }
}

function doesNotRun(state: DatabaseState): AppError {
  const message = `A database that is ${state} has nothing to reclaim now.`;
  return new AppError('state_conflict', message, { state });
}

function tooMany(resetMs: number): AppError {
  const retryAfter = Math.ceil(resetMs / 1000);
  const message = `An account may reclaim space ${RECLAIMS.points} times an hour; again in ${retryAfter} s.`;
  return new AppError('rate_limited', message, { retryAfter });
}
