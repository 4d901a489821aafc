import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, newDatabase } from '../support/customer';
import { type Stack, startStack } from '../support/stack';

// One connection for everything: whatever one request left would meet the next.
let stack: Stack;
let db: CustomerDatabase;
let connection: Record<string, unknown>;

const backend = async () => (await db.rows('select pg_backend_pid() as pid'))[0]!;

beforeAll(async () => {
  stack = await startStack({
    adminUrl: inject('adminUrl'),
    name: 'hygiene',
    env: { gateway: { POOL_CONNECTIONS_MAX: '1' } },
  });
  db = await newDatabase(stack.gatewayUrl);
  await db.rows('create table kept (n int)');
  connection = await backend();
});
afterAll(() => stack.stop());

const LEFT_OVER: [string, string, string, Record<string, unknown>][] = [
  [
    'a setting',
    `select set_config('search_path', 'pg_catalog', false), set_config('datestyle', 'German', false)`,
    `select current_setting('search_path') = 'pg_catalog' as left, current_date::text ~ '^\\d{4}-' as iso`,
    { left: false, iso: true },
  ],
  [
    'a temporary table',
    'create temp table scratch as select 1 as secret',
    `select to_regclass('scratch') is not null as left`,
    { left: false },
  ],
  [
    'a temporary table that hides a real one',
    'create temp table kept as select 42 as n',
    'select count(*)::int as n from kept',
    { n: 0 },
  ],
  [
    'a prepared statement',
    `prepare mine as select 1`,
    'select count(*)::int as left from pg_prepared_statements',
    { left: 0 },
  ],
  [
    'a subscription to a channel',
    'listen gossip',
    'select count(*)::int as left from pg_listening_channels()',
    { left: 0 },
  ],
  ['another role', 'set role none', `select current_user = session_user as left`, { left: false }],
  [
    'a cursor',
    'declare c cursor with hold for select 1',
    `select count(*)::int as left from pg_cursors where name = 'c'`,
    { left: 0 },
  ],
  [
    'another encoding',
    `set client_encoding = 'LATIN1'`,
    `select 'žluť' = convert_from('\\xc5be6c75c5a5', 'UTF8') as same`,
    { same: true },
  ],
  [
    'another time zone',
    `set time zone 'Asia/Kolkata'`,
    `select extract(timezone from now())::int as offset`,
    { offset: 0 },
  ],
];

describe('A request leaves nothing to the next on its connection:', () => {
  beforeAll(() => db.rows('create sequence kept_seq'));

  it.each(LEFT_OVER)('%s', async (_name, first, second, expected) => {
    await db.sql(first).expect(200);
    expect((await db.rows(second))[0]).toEqual(expected);
    expect(await backend()).toEqual(connection);
  });

  it('the last value of a sequence', async () => {
    await db.rows(`select nextval('kept_seq')`);
    const { body } = await db.sql(`select currval('kept_seq')`).expect(400);
    expect(body.error.sqlstate).toBe('55000');
    expect(await backend()).toEqual(connection);
  });

  it('a transaction that a function left open, or any other state', async () => {
    for (const query of [
      'begin',
      'start transaction',
      'abort',
      'savepoint s',
      'set local x.y = 1',
    ]) {
      await db.sql(query);
      expect(await db.rows('select 1 as n')).toEqual([{ n: 1 }]);
    }
  });

  it('and it is the same connection all the time', async () => {
    expect(await backend()).toEqual(connection);
  });
});
