import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { CustomerDatabase } from '../support/customer';
import { briefly } from '../support/outcomes';
import { joinStack, type Stack } from '../support/stack';

/** What leaves it; what the next request asks; what it must be told. */
type Trace = [string, string | string[], string, Record<string, unknown>];

const TRACES: Trace[] = [
  [
    'a transaction',
    'begin',
    'select pg_current_xact_id_if_assigned() is null as clean',
    { clean: true },
  ],
  [
    'a temporary table that hides a real one',
    'create temp table kept as select 42 as n',
    'select count(*)::int as n from kept',
    { n: 0 },
  ],
  [
    'a temporary function in the way of Postgres’ own',
    `create function pg_temp.version() returns text language sql as $$ select 'mine' $$`,
    `select version() like 'PostgreSQL%' as real`,
    { real: true },
  ],
  [
    'a setting',
    `select set_config('search_path', 'pg_temp', false), set_config('datestyle', 'German', false)`,
    `select current_setting('search_path') as path, current_date::text ~ '^\\d{4}-' as iso`,
    { path: 'public', iso: true },
  ],
  [
    'a setting of its own making, with a secret',
    `select set_config('mine.secret', 'hush', false)`,
    `select coalesce(current_setting('mine.secret', true), '') as secret`,
    { secret: '' },
  ],
  [
    'a time limit lifted for the next',
    `set statement_timeout = 0`,
    `select current_setting('statement_timeout') <> '0' as limited`,
    { limited: true },
  ],
  [
    'a subscription',
    'listen gossip',
    'select count(*)::int as n from pg_listening_channels()',
    { n: 0 },
  ],
  [
    'a lock on a table',
    ['lock table kept in access exclusive mode'],
    `select count(*)::int as n from kept`,
    { n: 0 },
  ],
  [
    'a prepared statement',
    'prepare mine as select 1',
    'select count(*)::int as n from pg_prepared_statements',
    { n: 0 },
  ],
  [
    'an encoding',
    `set client_encoding = 'LATIN1'`,
    `select 'žluť' = convert_from('\\xc5be6c75c5a5', 'UTF8') as same`,
    { same: true },
  ],
  [
    'a cursor held past its transaction',
    'declare c cursor with hold for select 1',
    `select count(*)::int as n from pg_cursors where name = 'c'`,
    { n: 0 },
  ],
  ['a role', 'set role none', 'select current_user <> session_user as owners', { owners: true }],
  [
    'another session’s name',
    'set session authorization default',
    'select current_user <> session_user as owners',
    { owners: true },
  ],
  [
    'a role from inside a block',
    'do $$ begin set role none; end $$',
    'select current_user <> session_user as owners',
    { owners: true },
  ],
  [
    'a time zone',
    `set time zone 'Asia/Kolkata'`,
    'select extract(timezone from now())::int as zone',
    { zone: 0 },
  ],
  [
    'constraints put off',
    'set constraints all deferred',
    `select current_setting('session_replication_role') as role`,
    { role: 'origin' },
  ],
  [
    'an isolation level and READ ONLY',
    ['set session characteristics as transaction isolation level serializable, read only'],
    `select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as only`,
    { level: 'read committed', only: 'off' },
  ],
];

/** Ways for a request to end that are not a success. */
const ENDINGS: [string, string][] = [
  ['an error', 'select 1 / 0'],
  ['a timeout', 'select pg_sleep(5)'],
  ['an answer too large', `select repeat('x', 11000000)`],
];

const LEAVE_ALL = `do $$ begin
  create temp table kept as select 42 as n;
  perform set_config('mine.secret', 'hush', false), set_config('search_path', 'pg_temp', false);
  execute 'prepare mine as select 1'; execute 'listen gossip';
  commit; set role none; end $$`;

const CLEAN = {
  query: `select current_setting('search_path') as path, current_user <> session_user as owners,
    coalesce(current_setting('mine.secret', true), '') as secret,
    (select count(*)::int from public.kept) as kept,
    (select count(*)::int from pg_prepared_statements) as prepared,
    (select count(*)::int from pg_listening_channels()) as listening`,
  is: { path: 'public', owners: true, secret: '', kept: 0, prepared: 0, listening: 0 },
};

onEachServer((server) => {
  const arena = new Arena(server);
  let stack: Stack;
  let db: CustomerDatabase;

  beforeAll(async () => {
    // One connection for everything: whatever one request leaves would meet the next.
    stack = joinStack(server.controlUrl);
    const { url } = await stack.start('gateway', { POOL_CONNECTIONS_MAX: '1' });
    const { id, owner, key } = arena.attacker;
    db = new CustomerDatabase(url, id, owner, key);
    await db.rows('create table kept (n int)');
    await db.rows('create sequence counted');
  });
  afterAll(() => stack.stop());

  const backend = async () => (await db.rows('select pg_backend_pid() as pid'))[0]!;

  describe('A request does not leave to the next on its connection', () => {
    it.for(TRACES)('%s', ([, leave, look, expected], context) =>
      arena.beside(
        context,
        async () => {
          const queries = [leave].flat().map((query) => ({ query }));
          const answer = await db.sql(queries.length > 1 ? { queries } : queries[0]!);
          expect((await db.rows(look))[0]).toEqual(expected);
          return `${briefly(answer)}, and nothing of it left`;
        },
        { atLeastMs: 100 },
      ),
    );

    it('the last value of a sequence', (context) =>
      arena.beside(context, async () => {
        await db.rows(`select nextval('counted')`);
        for (const query of [`select currval('counted')`, 'select lastval()']) {
          const { body } = await db.sql(query).expect(400);
          expect(body.error.sqlstate).toBe('55000');
        }
        return 'refused 55000';
      }));

    it('anything, and is on the same connection while nothing is wrong', (context) =>
      arena.beside(context, async () => {
        const connection = await backend();
        for (const [, leave] of TRACES.slice(1, 4)) await db.sql(leave as string);
        expect(await backend()).toEqual(connection);
        return 'one connection all along';
      }));

    it.for(ENDINGS)('anything when it ends with %s', ([, ending], context) =>
      arena.beside(context, async () => {
        await db.sql(LEAVE_ALL);
        expect((await db.rows(CLEAN.query))[0]).toEqual(CLEAN.is);
        const batch = { queries: [{ query: `set mine.secret = 'hush'` }, { query: ending }] };
        const answer = await db.sql(batch);
        expect(answer.status).toBe(400);
        expect((await db.rows(CLEAN.query))[0]).toEqual(CLEAN.is);
        return briefly(answer);
      }),
    );
  });
});
