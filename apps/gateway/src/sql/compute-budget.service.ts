import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import { type RateLimit, RateLimits } from '@howdah/queue';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const WINDOW_SECONDS = 60;
const DATABASES_MAX = 50_000;
/** Told to the shared counter when so much has gathered here: a few times in each window. */
const REPORTS_A_WINDOW = 40;

/** Statement time of one database, as this process knows it. All in milliseconds. */
interface Spending {
  limitMs: number;
  /** Left in the shared counter when it was last asked. */
  remainingMs: number;
  /** Spent here and not reported yet. */
  unreportedMs: number;
  endsAt: number;
  reporting: boolean;
}

/** What is left of this minute. */
export interface ComputeLeft {
  limitMs: number;
  remainingMs: number;
  resetSeconds: number;
}

/**
 * Wall time of a database's statements in a minute, over all gateways: a plan's concurrency bounds
 * the moment, this bounds the minute. Time is counted once it is spent, so what is under way may go
 * over by one statement each.
 */
@Injectable()
export class ComputeBudget {
  private readonly spendings = new LRUCache<string, Spending>({ max: DATABASES_MAX });

  constructor(@Inject(RateLimits) private readonly limits: RateLimits) {}

  left(route: DatabaseRoute): ComputeLeft {
    const spending = this.spendingOf(route);
    const { limitMs, remainingMs, unreportedMs, endsAt } = spending;
    const left = Math.max(0, Math.floor(remainingMs - unreportedMs));
    const resetSeconds = Math.max(1, Math.ceil((endsAt - Date.now()) / 1000));
    return { limitMs, remainingMs: left, resetSeconds };
  }

  /** Of a request that was admitted, so `left` has seen its database. */
  spend(databaseId: string, spentMs: number): void {
    const spending = this.spendings.get(databaseId);
    if (!spending) return;
    spending.unreportedMs += spentMs;
    const enough = spending.unreportedMs >= spending.limitMs / REPORTS_A_WINDOW;
    if (enough && !spending.reporting) void this.report(databaseId, spending);
  }

  private spendingOf({ id, limits }: DatabaseRoute): Spending {
    const now = Date.now();
    let spending = this.spendings.get(id);
    if (!spending) {
      spending = {
        limitMs: limits.computeMsPerMinute,
        remainingMs: limits.computeMsPerMinute,
        unreportedMs: 0,
        endsAt: now + WINDOW_SECONDS * 1000,
        reporting: false,
      };
      this.spendings.set(id, spending);
    } else if (spending.endsAt <= now || spending.limitMs !== limits.computeMsPerMinute) {
      spending.limitMs = limits.computeMsPerMinute;
      spending.remainingMs = limits.computeMsPerMinute;
      spending.endsAt = now + WINDOW_SECONDS * 1000;
    }
    return spending;
  }

  private async report(databaseId: string, spending: Spending): Promise<void> {
    const counter: RateLimit = {
      name: 'compute',
      points: spending.limitMs,
      durationSeconds: WINDOW_SECONDS,
    };
    const spentMs = Math.ceil(spending.unreportedMs);
    spending.reporting = true;
    try {
      const { remaining, resetMs } = await this.limits.spend(counter, databaseId, spentMs);
      spending.remainingMs = remaining;
      spending.endsAt = Date.now() + resetMs;
    } catch {
      // The shared counter is away: this process counts by itself.
      spending.remainingMs -= spentMs;
    }
    spending.unreportedMs -= spentMs;
    spending.reporting = false;
  }
}

/** @throws AppError `compute_limit`, after the headers that tell the same */
export function checkCompute({ limitMs, remainingMs, resetSeconds }: ComputeLeft): void {
  if (remainingMs > 0) return;
  throw new AppError(
    'compute_limit',
    `The statements of this database have run for the ${limitMs / 1000} s that its plan has a ` +
      `minute; try again in ${resetSeconds} s.`,
    { retryAfter: resetSeconds, limitMs },
  );
}
