import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, type Key, newDatabase, setPlan } from '../support/customer';

const { gatewayUrl, controlUrl } = inject('shared');
let db: CustomerDatabase;
let reader: Key;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
  await setPlan(controlUrl, db, 'scale');
  reader = await db.newKey({ role: 'read' });
  await db.rows('create table kept (n int)');
});

const read = (body: object | string) => db.sql(body, { secret: reader.secret });
const stream = (query: string, secret = db.key.secret) =>
  fetch(`${gatewayUrl}${db.path}/sql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ query }),
  });

describe('A statement that changes client_encoding', () => {
  it.each([
    [`select set_config('client_encoding', 'SJIS', false), array['a ソ']`],
    [`select set_config('client_encoding', 'BIG5', false), array['功', '許']`],
    [`select set_config('client_encoding', 'LATIN1', false), chr(233)`],
    [`select set_config('client_encoding', 'LATIN1', false)`],
  ])('is told so: %s', async (query) => {
    const { body } = await read(query).expect(400);
    expect(body.error.code).toBe('invalid_text');
    const [row] = (await read(`select array['a ソ', 'é'] as t`).expect(200)).body.rows;
    expect(row).toEqual({ t: ['a ソ', 'é'] });
  });

  it('and sets it back is told so', async () => {
    const query = `select set_config('client_encoding', 'SJIS', true), array['a ソ']`;
    const queries = [{ query }, { query: 'reset client_encoding' }];
    const { body } = await db.sql({ queries }).expect(400);
    expect(body.error.code).toBe('invalid_text');
  });

  it.each([
    [`select set_config('client_encoding', 'LATIN1', false), chr(233)`],
    [`select set_config('client_encoding', 'LATIN1', false), 'é'`],
    [
      `select case when n = 1000 then set_config('client_encoding', 'SJIS', false) end, array['a ソ']
        from generate_series(1, 20000) as n`,
    ],
  ])('streams nothing but UTF-8: %s', async (query) => {
    const answer = await stream(query);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const last = JSON.parse(text.trim().split('\n').at(-1)!);
    expect(last.error.code).toBe('invalid_text');
  });
});

describe('A read key', () => {
  beforeAll(async () => {
    await db.rows(`create function add() returns int security definer language sql
      as 'insert into kept values (1) returning n'`);
    await db.rows(`create procedure add_and_commit() security definer language plpgsql
      as 'begin commit; insert into kept values (1); commit; end'`);
  });

  const DO_COMMIT = `do $$ begin
      perform set_config('default_transaction_read_only', 'off', false);
      commit; perform add(); end $$`;
  const set = 'set transaction read write';

  it.each<[string, object]>([
    ['a function', { query: 'select add()' }],
    ['a function past the row limit', { query: 'select add()', onLimit: 'error' }],
    [
      'a batch that says readOnly: false',
      { queries: [{ query: 'select add()' }], readOnly: false },
    ],
    ['SET TRANSACTION', { queries: [{ query: set }, { query: 'select add()' }] }],
    [
      'SET TRANSACTION after a savepoint',
      { queries: [{ query: 'savepoint s' }, { query: set }, { query: 'select add()' }] },
    ],
    ['set_config', { query: `select set_config('transaction_read_only', 'off', true), add()` }],
    [
      'set_config in a batch',
      {
        queries: [
          { query: `select set_config('transaction_read_only', 'off', false)` },
          { query: 'select add()' },
        ],
      },
    ],
    ['COMMIT inside DO', { query: DO_COMMIT }],
    ['COMMIT inside DO, past the row limit', { query: DO_COMMIT, onLimit: 'error' }],
    ['COMMIT inside DO, in a batch', { queries: [{ query: DO_COMMIT }] }],
    ['a procedure that commits', { query: 'call add_and_commit()' }],
    ['a transaction of its own', { queries: [{ query: 'commit' }, { query: 'select add()' }] }],
  ])('cannot write by %s', async (_name, body) => {
    const answer = await read(body).expect(400);
    expect(['25006', '25001', '2D000', undefined]).toContain(answer.body.error.sqlstate);
    expect(await db.rows('select from kept')).toEqual([]);
  });

  it.each(['select add()', DO_COMMIT])('cannot write by a stream: %s', async (query) => {
    expect(await (await stream(query, reader.secret)).text()).toMatch(/"sqlstate":"(25006|2D000)"/);
    expect(await db.rows('select from kept')).toEqual([]);
  });

  it('nor can a batch that says it only reads, whoever sent it', async () => {
    const queries = [{ query: set }, { query: 'select add()' }];
    await db.sql({ queries, readOnly: true }).expect(400);
    await db.sql({ queries: [{ query: 'select add()' }], readOnly: true }).expect(400);
    expect(await db.rows('select from kept')).toEqual([]);
  });

  it('is answered as any other, again and again on one connection', async () => {
    const pids = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const { body } = await read('select pg_backend_pid() as pid').expect(200);
      pids.add(body.rows[0].pid);
      const failed = await read('select 1/0').expect(400);
      expect(failed.body.error).toMatchObject({ sqlstate: '22012' });
      const counted = await read('select generate_series(1, 3) as n').expect(200);
      expect(counted.body).toMatchObject({ command: 'SELECT', rowCount: 3, truncated: false });
    }
    expect(pids.size).toBe(1);
  });

  it('has its rows cut or refused, its types named and its rows streamed', async () => {
    const small = await newDatabase(gatewayUrl);
    const { secret } = await small.newKey({ role: 'read' });
    const query = 'select generate_series(1, 501) as n';
    const cut = await small.sql({ query }, { secret }).expect(200);
    expect(cut.body).toMatchObject({ truncated: true, rowCount: 500, rowLimit: 500 });
    const refused = await small.sql({ query, onLimit: 'error' }, { secret });
    expect(refused.body.error.code).toBe('row_limit');
    await small.rows(`create type mood as enum ('sad', 'glad')`);
    const typed = await small.sql(`select 'sad'::mood as m`, { secret }).expect(200);
    expect(typed.body.fields[0].type).toBe('mood');
    const slow = await small.sql('select pg_sleep(3)', { secret });
    expect(slow.body.error.code).toBe('query_timeout');
    const lines = await (
      await stream('select generate_series(1, 1000) as n', reader.secret)
    ).text();
    expect(lines.trim().split('\n')).toHaveLength(1_002);
  });
});

describe('A role whose settings were changed by who holds it', () => {
  it.each(['read', 'write', 'admin'] as const)('logs in still: %s', async (role) => {
    const own = await newDatabase(gatewayUrl);
    const { secret } = await own.newKey({ role });
    const send = (body: object | string) => own.sql(body, { secret });
    const settings = {
      local_preload_libraries: 'nope',
      default_transaction_isolation: 'serializable',
      default_transaction_deferrable: 'on',
      default_transaction_read_only: 'on',
      standard_conforming_strings: 'off',
      array_nulls: 'off',
      transform_null_equals: 'on',
      row_security: 'off',
      lock_timeout: '1',
      idle_session_timeout: '1',
      default_tablespace: 'nowhere',
      xmloption: 'document',
    };
    for (const [setting, value] of Object.entries(settings)) {
      const query = `alter role current_user set ${setting} = '${value}'`;
      await send({ queries: [{ query: 'set role none' }, { query }] });
    }
    // Other limits, so other connections.
    await setPlan(controlUrl, own, 'scale');
    const { body } = await send(
      `select current_setting('local_preload_libraries') as preload,
              current_setting('default_transaction_isolation') as isolation,
              current_setting('default_transaction_read_only') as read_only,
              current_setting('standard_conforming_strings') as strings, null = 1 as nothing,
              (select count(*)::int > 0 from pg_db_role_setting s, unnest(setconfig) as c
                where setrole = session_user::regrole and c ~ '^local_preload') as changed`,
    ).expect(200);
    expect(body.rows[0]).toEqual({
      preload: '',
      isolation: 'read committed',
      read_only: role === 'read' ? 'on' : 'off',
      strings: 'on',
      nothing: null,
      changed: role !== 'read',
    });
  });
});

describe('A parameter', () => {
  const nested = (open: string, close: string, depth: number, core = '1') =>
    `{"query":"select $1::text","params":[${open.repeat(depth)}${core}${close.repeat(depth)}]}`;

  it.each([
    ['arrays, nested 10,000 deep', nested('[', ']', 10_000), 'params.0 is nested'],
    ['objects, nested 10,000 deep', nested('{"a":', '}', 10_000), 'params.0 is nested'],
    ['objects in arrays', nested('[{"a":', '}]', 10_000), 'params.0 is nested'],
    ['a rounded number in an object', nested('{"a":', '}', 1, '9007199254740993'), 'params.0.a'],
    ['an infinite number in an array', nested('[', ']', 2, '1e400'), 'params.0.0.0'],
  ])('that is refused says where: %s', async (_name, text, message) => {
    const answer = await fetch(`${gatewayUrl}${db.path}/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${db.key.secret}` },
      body: text,
    });
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    expect([answer.status, error.code], JSON.stringify(error)).toEqual([400, 'invalid_request']);
    expect(error.message).toContain(message);
  });
});

describe('The table of Idempotency-Keys', () => {
  const keyed = (own: CustomerDatabase, key: string) =>
    own.sql('select 1 as n', { headers: { 'idempotency-key': key } });

  it('that holds more than was ever stored is not read', async () => {
    const own = await newDatabase(gatewayUrl);
    await setPlan(controlUrl, own, 'scale');
    const key = randomUUID();
    await keyed(own, key).expect(200);
    await own.rows(`update howdah.requests
      set response = convert_to(repeat('x', 50000000), 'UTF8')`);
    const { body } = await keyed(own, key).expect(400);
    expect(body.error.code).toBe('response_too_large');
    await own.rows(`update howdah.requests set response = 'null'`);
    expect((await keyed(own, key).expect(400)).body.error.message).toContain('howdah.requests');
  });

  it('is read without its heirs', async () => {
    const own = await newDatabase(gatewayUrl);
    const key = randomUUID();
    await keyed(own, key).expect(200);
    await own.rows('create table heir () inherits (howdah.requests)');
    await own.rows(
      'insert into heir select r.* from only howdah.requests as r, generate_series(1, 1000)',
    );
    await keyed(own, key).expect(200).expect('howdah-replayed', 'true');
  });

  it('is named when it is gone', async () => {
    const own = await newDatabase(gatewayUrl);
    await own.rows('drop schema howdah cascade');
    const { error } = (await keyed(own, randomUUID()).expect(400)).body;
    expect(error).toMatchObject({ code: 'query_failed', sqlstate: '42P01' });
    expect(error.message).toContain('Idempotency-Key');
    expect(error.position).toBeUndefined();
    expect(await own.rows('select 1 as n')).toEqual([{ n: 1 }]);
  });
});

describe('One value of many megabytes', () => {
  it.each([
    `select array_fill(null::int, array[1900000]) as v`,
    `select array_fill(true, array[2000000]) as v`,
    `select repeat(E'\\x01', 15000000) as v`,
  ])('keeps nobody else waiting: %s', async (query) => {
    const own = await newDatabase(gatewayUrl);
    let longestMs = 0;
    let done = false;
    const others = (async () => {
      while (!done) {
        const sentAt = performance.now();
        await fetch(`${gatewayUrl}/health`).then((answer) => answer.text());
        longestMs = Math.max(longestMs, performance.now() - sentAt);
      }
    })();
    const answer = await own.sql(query);
    done = true;
    await others;
    expect(answer.body.error?.code ?? 'response_too_large').toBe('response_too_large');

    // It was whole seconds when values were encoded in one go.
    expect(longestMs).toBeLessThan(1_000);
  });
});
