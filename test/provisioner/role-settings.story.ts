import { describe, expect, inject, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, newDatabase, physicalName } from '../support/customer';

describe('What a customer sets for its own role', () => {
  const adminUrl = inject('adminUrl');
  const shared = inject('shared');

  /** 100 kB that compress badly; `where` names a database that they are for, if not all. */
  function hoard(name: string, where = ''): string {
    return `do $$ declare hoard text; begin
        select string_agg(md5(n::text), '') into hoard from generate_series(1, 3000) as n;
        execute format('alter role ${name} ${where} set search_path = %L', hoard);
      end $$`;
  }

  async function store(database: CustomerDatabase, sql: string): Promise<number> {
    const answer = await database.sql({ queries: [{ query: 'set role none' }, { query: sql }] });
    return answer.status;
  }

  async function stored(name: string): Promise<number> {
    const [row] = await asSuperuser<{ bytes: number }>(
      adminUrl,
      `select coalesce(sum(pg_column_size(setconfig)), 0)::int as bytes from pg_db_role_setting
       where setrole = $1::regrole`,
      [name],
    );
    return row!.bytes;
  }

  it('is taken away where it is too much, and who goes on is suspended', async () => {
    const database = await newDatabase(shared.gatewayUrl);
    const neighbour = await newDatabase(shared.gatewayUrl);
    const name = await physicalName(shared, database);
    const where = `in database ${await physicalName(shared, neighbour)}`;
    for (const sql of [hoard(name), hoard(name, where)]) {
      expect(await store(database, sql)).toBe(200);
      await expect.poll(() => stored(name), { timeout: 15_000 }).toBeLessThan(500);
    }
    expect((await database.sql('select 1')).status).toBe(200);
    expect(await store(database, hoard(name))).toBe(200);
    await database.becomes('suspended');
    await expect.poll(() => stored(name), { timeout: 15_000 }).toBeLessThan(500);
    expect((await neighbour.sql('select 1')).status).toBe(200);
  });
});
