import type { DataSource } from '@howdah/persistence';
import { Redis } from 'ioredis';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';

export interface RateLimit {
  /** Names the counter, `sign-in-by-address`. */
  name: string;
  points: number;
  durationSeconds: number;
}

export interface Spent {
  /** Points that were given: those asked for, or what was left. */
  granted: number;
  remaining: number;
  /** Until the window ends. */
  resetMs: number;
}

/**
 * Counters that all copies of a process share: on Redis where there is one, else on the control
 * plane's Postgres, in the unlogged table `rate_limit`.
 */
export class RateLimits {
  private readonly redis: Redis | undefined;
  private readonly limiters = new Map<string, RateLimiterAbstract>();
  private readonly ownLimiters = new Map<string, RateLimiterMemory>();

  constructor(
    private readonly source: DataSource,
    redisUrl: string | undefined,
  ) {
    if (!redisUrl) return;
    this.redis = new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
    this.redis.on('error', () => {});
  }

  /** Takes `points` from what `key` has left, or as many as there are. */
  spend(limit: RateLimit, key: string, points = 1): Promise<Spent> {
    return this.consume(this.limiter(limit), limit, key, points);
  }

  /** The same in this process alone: asks nobody, and each copy of a process counts by itself. */
  spendHere(limit: RateLimit, key: string, points = 1): Promise<Spent> {
    let limiter = this.ownLimiters.get(limit.name);
    if (!limiter) {
      limiter = new RateLimiterMemory({ points: limit.points, duration: limit.durationSeconds });
      this.ownLimiters.set(limit.name, limiter);
    }
    return this.consume(limiter, limit, key, points);
  }

  /** Whether anything is left, counted by `spendHere`; takes nothing. */
  async hasLeftHere(limit: RateLimit, key: string): Promise<boolean> {
    const spent = await this.ownLimiters.get(limit.name)?.get(key);
    return !spent || spent.consumedPoints < limit.points;
  }

  private async consume(
    limiter: RateLimiterAbstract,
    limit: RateLimit,
    key: string,
    points: number,
  ): Promise<Spent> {
    try {
      const result = await limiter.consume(key, points);
      return { granted: points, remaining: result.remainingPoints, resetMs: result.msBeforeNext };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const before = refusal.consumedPoints - points;
      const granted = Math.max(0, Math.min(points, limit.points - before));
      return { granted, remaining: 0, resetMs: refusal.msBeforeNext };
    }
  }

  /** Gives a point back. */
  async refund(limit: RateLimit, key: string): Promise<void> {
    await this.limiter(limit).reward(key, 1);
  }

  close(): void {
    this.redis?.disconnect();
  }

  private limiter(limit: RateLimit): RateLimiterAbstract {
    const id = `${limit.name}:${limit.points}:${limit.durationSeconds}`;
    let limiter = this.limiters.get(id);
    if (!limiter) {
      limiter = this.create(limit);
      this.limiters.set(id, limiter);
    }
    return limiter;
  }

  private create(limit: RateLimit): RateLimiterAbstract {
    const counter = {
      keyPrefix: limit.name,
      points: limit.points,
      duration: limit.durationSeconds,
    };
    // While the store is away each process counts by itself: looser, but neither open nor shut.
    const options = { ...counter, insuranceLimiter: new RateLimiterMemory(counter) };
    if (this.redis) return new RateLimiterRedis({ ...options, storeClient: this.redis });
    return new RateLimiterPostgres({
      ...options,
      storeClient: this.source,
      storeType: 'typeorm',
      tableName: 'rate_limit',
      tableCreated: true,
    });
  }
}
