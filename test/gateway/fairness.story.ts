import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DirectDatabase } from '../support/direct-database';

const CAP = 4;
const shared = inject('shared');

let hogs: DirectDatabase[];
let neighbour: DirectDatabase;

/** Four databases asked through one process' few connections: three of one account, one of another. */
beforeAll(async () => {
  const [first, ...others] = await Promise.all(
    Array.from({ length: 4 }, (_, n) =>
      DirectDatabase.make(shared, n === 0 ? { connectionsMax: CAP } : {}),
    ),
  );
  await Promise.all(others.map(({ runner }) => runner.close()));
  const [second, third, last] = others.map(({ route }) => new DirectDatabase(first!.runner, route));
  hogs = [first!, second!, third!];
  neighbour = last!;
  neighbour.route = { ...neighbour.route, accountId: 'another' };
});
afterAll(() => neighbour.runner.close());

describe('Who has no connection', () => {
  it('is served before whoever holds them all and asked for more first', async () => {
    let ended = 0;
    const asked = hogs.flatMap((db) =>
      Array.from({ length: 10 }, async () => {
        await db.ask('select pg_sleep(0.3)');
        ended++;
      }),
    );
    await Promise.race(asked);
    expect(await neighbour.ask('select 1 as n')).toMatchObject({ rows: [{ n: 1 }] });
    expect(ended).toBeLessThan(3 * CAP);
    await Promise.all(asked);
    expect(ended).toBe(30);
  });
});
