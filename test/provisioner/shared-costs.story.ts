import request from 'supertest';
import { describe, expect, inject, it } from 'vitest';
import { newDatabase } from '../support/customer';

describe('What a customer has done at the cost of all', () => {
  const shared = inject('shared');

  it('Space is reclaimed four times an hour for an account, and each time comes to its end', async () => {
    const database = await newDatabase(shared.gatewayUrl);
    await database.rows('create table t as select n from generate_series(1, 1000) as n');
    const call = (verb: 'get' | 'post', path: string) =>
      request(shared.gatewayUrl)[verb](path).set('authorization', `Bearer ${database.owner.token}`);
    const ask = () => call('post', `${database.path}/reclaim`);
    for (let times = 1; times <= 4; times++) {
      await ask().expect(202);
      await expect
        .poll(async () => (await call('get', database.path)).body.database.storage.reclaiming, {
          timeout: 30_000,
        })
        .toBe(false);
    }
    const refused = await ask().expect(429);
    expect(refused.body.error).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60);
  });

  it('Who names thousands of roles in privileges is suspended', async () => {
    const database = await newDatabase(shared.gatewayUrl);
    const neighbour = await newDatabase(shared.gatewayUrl);
    await database.rows(`do $$ begin execute (select 'create table wide ('
      || string_agg(format('c%s int', n), ',') || ')' from generate_series(1, 1000) as n); end $$`);
    const grant = (from: number, to: number) => `do $$ declare names text; columns text; begin
      select string_agg(rolname, ',') into names from (
        select rolname from pg_roles where rolname ~ '^d_' order by 1 limit 50) r;
      select string_agg('c' || n, ',') into columns from generate_series(${from}, ${to}) as n;
      execute format('grant select (%s) on wide to %s', columns, names); end $$`;
    for (let from = 1; from <= 1000; from += 20) {
      const { status } = await database.sql(grant(from, from + 19));
      if (status !== 200) break;
    }
    await database.becomes('suspended', 40_000);
    const refused = await database.sql('select 1').expect(403);
    expect(refused.text).toContain('name roles');
    expect((await neighbour.sql('select 1')).status).toBe(200);
  });
});
