import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, inControl, newDatabase, signUp } from '../support/customer';
import { type Stack, startStack } from '../support/stack';

const CAP = 4;
let stack: Stack;
let databases: CustomerDatabase[];
let names: string[];

beforeAll(async () => {
  stack = await startStack({
    adminUrl: inject('adminUrl'),
    name: 'pools',
    env: { gateway: { POOL_CONNECTIONS_MAX: String(CAP) } },
  });
  const owners = await Promise.all(Array.from({ length: 8 }, () => signUp(stack.gatewayUrl)));
  databases = await Promise.all(
    owners.flatMap((owner) =>
      Array.from({ length: 3 }, () => newDatabase(stack.gatewayUrl, owner)),
    ),
  );
  const rows = await inControl<{ name: string }>(
    stack.controlUrl,
    'select physical_name as name from database',
  );
  names = rows.map(({ name }) => name);
});
afterAll(() => stack.stop());

/** The gateway's: the provisioner and Postgres' own workers visit these databases too. */
const openConnections = async () =>
  (
    await asSuperuser<{ n: number }>(
      inject('adminUrl'),
      `select count(*)::int as n from pg_stat_activity
       where datname = any($1) and backend_type = 'client backend'
         and application_name <> 'howdah-cluster'`,
      [names],
    )
  )[0]!.n;

describe('Many databases in rotation under a cap on connections', () => {
  it('all get their answers, and Postgres never sees more than the cap', async () => {
    let most = 0;
    let done = false;
    const watching = (async () => {
      while (!done) most = Math.max(most, await openConnections());
    })();
    const failures: string[] = [];
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        databases.map(async (db) => {
          const answer = await db.sql(`select current_database() as name, ${round} as round`);
          if (answer.status !== 200) failures.push(answer.text);
          else expect(answer.body.rows[0].round).toBe(round);
        }),
      );
    }
    done = true;
    await watching;
    expect(failures).toEqual([]);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(CAP);
  });

  it('each answer comes from its own database', async () => {
    await Promise.all(
      databases.map((db) => db.rows(`create table mine as select '${db.id}' as id`)),
    );
    const answers = await Promise.all(databases.map((db) => db.rows('select id from mine')));
    expect(answers).toEqual(databases.map((db) => [{ id: db.id }]));
  });
});
