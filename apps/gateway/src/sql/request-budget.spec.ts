import type { DatabaseRoute } from '@howdah/databases';
import type { RateLimit, RateLimits, Spent } from '@howdah/queue';
import { describe, expect, it } from 'vitest';
import { checkBudget, RequestBudget, requestsOf } from './request-budget.service';

const route = (requestsPerMinute: number) =>
  ({ id: 'db_1', limits: { requestsPerMinute } }) as DatabaseRoute;

/** The shared counter, in memory; counts how often it is asked. */
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

async function takeAll(budget: RequestBudget, limit: number, tries: number): Promise<number> {
  let taken = 0;
  for (let count = 0; count < tries; count++) {
    if ((await budget.take(route(limit))).granted) taken++;
  }
  return taken;
}

describe('A budget of requests', () => {
  it.each([1, 7, 60, 600, 5_000])(
    'of %i a minute is had to the last one and not over it',
    async (limit) => {
      const budget = new RequestBudget(counter() as unknown as RateLimits);
      expect(await takeAll(budget, limit, limit + 50)).toBe(limit);
    },
  );

  it('gives many who ask at once what there is, whoever waits for the same renewal', async () => {
    const budget = new RequestBudget(counter() as unknown as RateLimits);
    const taken = await Promise.all(Array.from({ length: 40 }, () => budget.take(route(600))));
    expect(taken.filter(({ granted }) => granted)).toHaveLength(40);
    const rest = await Promise.all(Array.from({ length: 600 }, () => budget.take(route(600))));
    expect(rest.filter(({ granted }) => granted)).toHaveLength(560);
  });

  it('asks the shared counter about once a second of the minute, not once a request', async () => {
    const store = counter();
    await takeAll(new RequestBudget(store as unknown as RateLimits), 6_000, 6_000);
    expect(store.asked).toBeLessThan(70);
  });

  it('is shared by two gateways', async () => {
    const store = counter() as unknown as RateLimits;
    const [one, other] = [new RequestBudget(store), new RequestBudget(store)];
    const taken = (await takeAll(one, 60, 45)) + (await takeAll(other, 60, 45));
    expect(taken).toBeLessThanOrEqual(60);
    expect(taken).toBeGreaterThan(55);
  });

  it('is used up sooner by large bodies', async () => {
    const budget = new RequestBudget(counter() as unknown as RateLimits);
    expect([0, 65_535, 65_536, 1_048_576].map(requestsOf)).toEqual([1, 1, 2, 17]);
    let taken = 0;
    while ((await budget.take(route(600), 17)).granted) taken++;
    expect(taken).toBe(35);
    expect(await budget.take(route(600), 1)).toMatchObject({ granted: true, remaining: 4 });
  });

  it('says how much is left and when it begins anew', async () => {
    const budget = new RequestBudget(counter() as unknown as RateLimits);
    expect(await budget.take(route(600))).toEqual({
      granted: true,
      limit: 600,
      remaining: 599,
      resetSeconds: 60,
    });
  });

  it('refuses with the time to wait', async () => {
    const budget = new RequestBudget(counter() as unknown as RateLimits);
    await budget.take(route(1));
    const budgetLeft = await budget.take(route(1));
    expect(() => checkBudget(budgetLeft)).toThrow(/1 requests of this minute; try again in 60 s/);
  });

  it('lets requests pass while the shared counter is away', async () => {
    const store = counter();
    store.broken = true;
    const budget = new RequestBudget(store as unknown as RateLimits);
    await expect(budget.take(route(600))).resolves.toMatchObject({ granted: true });
  });
});
