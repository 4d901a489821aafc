import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';

/** Counts each database's requests in this process; those over the plan's number are refused. */
export class RequestsUnderWay {
  private readonly counts = new Map<string, number>();

  /** @throws AppError `concurrency_limit`. Whoever enters must leave. */
  enter(route: DatabaseRoute): void {
    const count = this.counts.get(route.id) ?? 0;
    const limit = route.limits.concurrencyMax;
    if (count >= limit) {
      throw new AppError(
        'concurrency_limit',
        `This database has ${limit} requests under way, which is the limit of the plan ${route.plan}.`,
        { retryAfter: 1, limit },
      );
    }
    this.counts.set(route.id, count + 1);
  }

  leave(route: DatabaseRoute): void {
    const count = this.counts.get(route.id) ?? 0;
    if (count > 1) this.counts.set(route.id, count - 1);
    else this.counts.delete(route.id);
  }
}
