import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import { type RateLimit, RateLimits } from '@howdah/queue';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const WINDOW_SECONDS = 60;
const LEASES_A_WINDOW = 60;
const LEASE_MAX = 200;
const DATABASES_MAX = 50_000;
/** When the shared counter cannot be reached, queries go on, on the word of this process alone. */
const RETRY_STORE_MS = 1_000;

/** Requests this process may still let through without asking the shared counter. */
interface Lease {
  tokens: number;
  /** Left in the shared counter when it was last asked. */
  remaining: number;
  endsAt: number;
  renewal: Promise<void> | undefined;
}

/** What is left, for the `RateLimit` headers of draft-ietf-httpapi-ratelimit-headers. */
export interface Budget {
  /** Whether this request may go on. */
  granted: boolean;
  limit: number;
  remaining: number;
  resetSeconds: number;
}

/**
 * Requests a minute of a database, over all gateways. Asking the shared counter for every request
 * would cost more than the query, so each gateway takes a second's worth at a time, and the next
 * before the last is used up: the count is exact to one lease a gateway.
 */
@Injectable()
export class RequestBudget {
  private readonly leases = new LRUCache<string, Lease>({ max: DATABASES_MAX });

  constructor(@Inject(RateLimits) private readonly limits: RateLimits) {}

  /** Takes one request, or as many as a large one counts for, if so many are left. */
  async take(route: DatabaseRoute, requests = 1): Promise<Budget> {
    const limit = route.limits.requestsPerMinute;
    const size = Math.max(leaseSize(limit), requests);
    const lease = this.leaseOf(route.id);
    if (lease.endsAt <= Date.now()) await this.renew(lease, route, size);
    // Others may have taken what the renewal they all waited for has brought.
    while (lease.tokens < requests && lease.remaining > 0) await this.renew(lease, route, size);
    if (lease.tokens * 4 < size && lease.remaining > 0) void this.renew(lease, route, size);
    const resetSeconds = Math.max(1, Math.ceil((lease.endsAt - Date.now()) / 1000));
    const granted = lease.tokens >= requests;
    if (granted) lease.tokens -= requests;
    return { granted, limit, remaining: lease.tokens + lease.remaining, resetSeconds };
  }

  /** @throws AppError `rate_limited` where this process knows that nothing is left */
  checkSpent({ id, limits }: DatabaseRoute): void {
    const lease = this.leases.get(id);
    if (!lease || lease.endsAt <= Date.now() || lease.tokens + lease.remaining > 0) return;
    const resetSeconds = Math.max(1, Math.ceil((lease.endsAt - Date.now()) / 1000));
    checkBudget({ granted: false, limit: limits.requestsPerMinute, remaining: 0, resetSeconds });
  }

  private leaseOf(id: string): Lease {
    let lease = this.leases.get(id);
    if (!lease) {
      lease = { tokens: 0, remaining: 0, endsAt: 0, renewal: undefined };
      this.leases.set(id, lease);
    }
    return lease;
  }

  private renew(lease: Lease, route: DatabaseRoute, size: number): Promise<void> {
    lease.renewal ??= this.ask(lease, route, size).finally(() => (lease.renewal = undefined));
    return lease.renewal;
  }

  private async ask(lease: Lease, route: DatabaseRoute, size: number): Promise<void> {
    const counter: RateLimit = {
      name: 'requests',
      points: route.limits.requestsPerMinute,
      durationSeconds: WINDOW_SECONDS,
    };
    const isNewWindow = lease.endsAt <= Date.now();
    try {
      const { granted, remaining, resetMs } = await this.limits.spend(counter, route.id, size);
      lease.tokens = (isNewWindow ? 0 : lease.tokens) + granted;
      lease.remaining = remaining;
      lease.endsAt = Date.now() + resetMs;
    } catch {
      lease.tokens = size;
      lease.endsAt = Date.now() + RETRY_STORE_MS;
    }
  }
}

/** A body of 64 kB costs a gateway about what a request does. */
const BYTES_A_REQUEST = 64 * 1024;

/** What a request with such a body counts for. */
export function requestsOf(bodyBytes = 0): number {
  return 1 + Math.floor(bodyBytes / BYTES_A_REQUEST);
}

function leaseSize(limit: number): number {
  return Math.max(1, Math.min(LEASE_MAX, Math.ceil(limit / LEASES_A_WINDOW)));
}

/** @throws AppError `rate_limited`, after the headers that tell the same */
export function checkBudget({ granted, limit, resetSeconds: retryAfter }: Budget): void {
  if (granted) return;
  throw new AppError(
    'rate_limited',
    `This database has had its ${limit} requests of this minute; try again in ${retryAfter} s.`,
    { retryAfter, limit },
  );
}
