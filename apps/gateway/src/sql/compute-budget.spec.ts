import type { DatabaseRoute } from '@howdah/databases';
import type { RateLimit, RateLimits, Spent } from '@howdah/queue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkCompute, ComputeBudget } from './compute-budget.service';

const route = (computeMsPerMinute: number) =>
  ({ id: 'db_1', limits: { computeMsPerMinute } }) as DatabaseRoute;

/** The shared counter, in memory, with a window of a minute. */
function counter() {
  let spent = 0;
  const made = {
    asked: 0,
    broken: false,
    async spend(limit: RateLimit, _key: string, points: number): Promise<Spent> {
      made.asked++;
      if (made.broken) throw new Error('away');
      const granted = Math.max(0, Math.min(points, limit.points - spent));
      spent += points;
      return { granted, remaining: Math.max(0, limit.points - spent), resetMs: 60_000 };
    },
  };
  return made;
}

const budgetOf = (store: ReturnType<typeof counter>) =>
  new ComputeBudget(store as unknown as RateLimits);

/** Reports are sent on while requests go on. */
const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('A budget of statement time', () => {
  it('goes down by what statements took, at once', () => {
    const budget = budgetOf(counter());
    budget.left(route(20_000));
    budget.spend('db_1', 12.4);
    expect(budget.left(route(20_000))).toEqual({
      limitMs: 20_000,
      remainingMs: 19_987,
      resetSeconds: 60,
    });
  });

  it('is refused when it is spent, with the time to wait', async () => {
    const budget = budgetOf(counter());
    budget.left(route(2_000));
    budget.spend('db_1', 2_100);
    await settled();
    expect(() => checkCompute(budget.left(route(2_000)))).toThrow(
      /run for the 2 s that its plan has a minute; try again in 60 s/,
    );
  });

  it('begins anew with the next minute', async () => {
    const budget = budgetOf(counter());
    budget.left(route(2_000));
    budget.spend('db_1', 2_100);
    await vi.advanceTimersByTimeAsync(60_001);
    expect(budget.left(route(2_000)).remainingMs).toBe(2_000);
  });

  it('is shared by two gateways, each of which hears of the other as it reports', async () => {
    const store = counter();
    const [one, other] = [budgetOf(store), budgetOf(store)];
    one.left(route(4_000));
    other.left(route(4_000));
    one.spend('db_1', 3_950);
    await settled();
    other.spend('db_1', 100);
    await settled();
    expect(other.left(route(4_000)).remainingMs).toBe(0);
  });

  it('asks the shared counter some forty times a minute, however many statements there are', async () => {
    const store = counter();
    const budget = budgetOf(store);
    for (let count = 0; count < 2_000; count++) {
      budget.left(route(20_000));
      budget.spend('db_1', 10);
      await settled();
    }
    expect(store.asked).toBeLessThanOrEqual(41);
  });

  it('is counted here while the shared counter is away', async () => {
    const store = counter();
    store.broken = true;
    const budget = budgetOf(store);
    budget.left(route(2_000));
    budget.spend('db_1', 1_500);
    await settled();
    expect(budget.left(route(2_000)).remainingMs).toBe(500);
  });

  it('follows a plan that changed', () => {
    const budget = budgetOf(counter());
    budget.left(route(2_000));
    expect(budget.left(route(60_000)).remainingMs).toBe(60_000);
  });
});
