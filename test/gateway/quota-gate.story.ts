import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import { batchOf, DirectDatabase } from '../support/direct-database';

let db: DirectDatabase;
let undone: string[];
let evaded: string[];

beforeAll(async () => {
  db = await DirectDatabase.make(inject('shared'), {
    onGrowthUndone: (id) => undone.push(id),
    onGateEvaded: (id) => evaded.push(id),
  });
});
beforeEach(() => {
  undone = [];
  evaded = [];
  db.write('open');
});
afterAll(() => db.runner.close());

const prepare = async (...statements: string[]) => {
  db.write('open');
  for (const statement of statements) await db.ask(statement);
};
const count = async (query: string) => Number((await db.ask(`select (${query}) as n`)).rows[0]!.n);
const bytes = () => count('pg_database_size(current_database())');
const asOwner = (query: string) => asSuperuser(inject('adminUrl'), query, [], db.route.place!.name);

const FULL_TABLE = [
  'drop table if exists t cascade',
  'create table t (id int primary key, note text, extra text)',
  `insert into t select n, repeat('x', 500), 'y' from generate_series(1, 2000) n`,
];
/** Writes half a megabyte, by whoever's statement it is called. */
const WRITER = [
  'drop table if exists written cascade',
  'create table written (note text)',
  `create or replace function write_some() returns int language plpgsql as $$ begin
     insert into written select repeat('x', 500) from generate_series(1, 1000); return 1; end $$`,
];

describe('Over its quota, a database takes', () => {
  beforeEach(() => prepare(...FULL_TABLE));

  it.each<[string, string[], string]>([
    ['DELETE', [], 'delete from t where id > 10'],
    ['DELETE with RETURNING', [], 'delete from t where id > 1990 returning id'],
    ['TRUNCATE', [], 'truncate t'],
    ['DROP TABLE', [], 'drop table t'],
    ['DROP INDEX', ['create index i on t (note)'], 'drop index i'],
    ['DROP SCHEMA', ['create schema s', 'create table s.a (id int)'], 'drop schema s cascade'],
    ['DROP FUNCTION', ['create function f() returns int return 1'], 'drop function f'],
    ['DROP COLUMN', [], 'alter table t drop column note'],
    [
      'an UPDATE with room in its page',
      [
        'drop table if exists roomy',
        'create table roomy (id int, n int) with (fillfactor = 50)',
        'insert into roomy select n, 0 from generate_series(1, 1000) n',
      ],
      'update roomy set n = n + 1 where id % 10 = 0',
    ],
    ['lo_unlink', ["select lo_from_bytea(4711, '\\x00')"], 'select lo_unlink(4711)'],
    ['what only reads', [], 'select count(*) from t'],
    ['settings', [], "set work_mem = '1MB'"],
  ])('%s', async (_, before, statement) => {
    await prepare(...before);
    db.write('shrink');
    await db.ask(statement);
    expect(undone).toEqual([]);
  });

  it('UPDATE into space that VACUUM has freed', async () => {
    await prepare('delete from t where id % 2 = 0');
    await asOwner('vacuum t');
    db.write('shrink');
    await db.ask(`update t set extra = 'z' where id <= 1000`);
    expect(await count(`select count(*) from t where extra = 'z'`)).toBe(500);
  });

  it('a batch that gives up more than it takes', async () => {
    db.write('shrink');
    await db.ask(batchOf('create table smaller as select id from t', 'drop table t'));
    expect(await count('select count(*) from smaller')).toBe(2000);
    await db.ask('drop table smaller');
  });

  it('deletes of many at once, one after the other', async () => {
    db.write('shrink');
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => db.ask(`delete from t where id % 8 = ${n}`)),
    );
    expect(await count('select count(*) from t')).toBe(0);
  });

  it('and is smaller then', async () => {
    const before = await bytes();
    db.write('shrink');
    await db.ask('truncate t');
    expect(await bytes()).toBeLessThan(before - 1_000_000);
  });
});

describe('Over its quota, a database refuses', () => {
  beforeAll(() =>
    prepare(
      ...FULL_TABLE,
      ...WRITER,
      'create table filled (id int, note text)',
      'create table still_empty (id int)',
      `create table tight as select n as id from generate_series(1, 2000) n`,
      'create table fires (id int)',
      'insert into fires select generate_series(1, 10)',
      `create or replace function on_fire() returns trigger language plpgsql security definer
         as $$ begin perform write_some(); return null; end $$`,
      'create trigger definer after delete on fires execute function on_fire()',
      'create table later (id int)',
      'insert into later select generate_series(1, 10)',
      `create constraint trigger later after delete on later deferrable initially deferred
         for each row execute function on_fire()`,
      `create materialized view grows as select note from t where id <= 10`,
      `select lo_from_bytea(4712, '\\x00')`,
      'create table small (id int, note text)',
      `insert into small select n, '' from generate_series(1, 1000) n`,
    ),
  );

  it.each([
    ['INSERT', `insert into filled select n, repeat('x', 500) from generate_series(1, 100) n`],
    ['one row into an empty table', 'insert into still_empty values (1)'],
    ['CREATE TABLE AS', 'create table copy as select * from t'],
    ['an empty table', 'create table nothing ()'],
    ['SELECT INTO', 'select * into copy from t'],
    ['a SELECT whose function writes', 'select write_some()'],
    [
      'a call whose function writes and fails half-way',
      `do $$ begin begin perform write_some();
       raise exception 'no'; exception when others then null; end; end $$`,
    ],
    ['what a trigger writes with its owner’s rights', 'delete from fires where id = 1'],
    ['what a deferred trigger writes', 'delete from later where id = 1'],
    ['a large object', `select lo_from_bytea(0, '\\x00')`],
    ['an empty large object', 'select lo_create(0)'],
    [
      'bytes put into a large object',
      `select lo_put(4712, 0, convert_to(repeat('x', 1000000), 'UTF8'))`,
    ],
    ['an index', 'create index on t (note)'],
    ['a temporary table', 'create temporary table temporary_copy as select * from t'],
    ['UPDATE that makes rows longer', `update small set note = repeat('x', 500)`],
    ['UPDATE of all rows at once', 'update t set id = id'],
    ['REFRESH of a view that grew', 'refresh materialized view grows'],
    ['a sequence', 'create sequence s'],
    ['a view', 'create view v as select 1 as n'],
    ['a function', 'create function f() returns int return 1'],
    [
      'a function’s huge body',
      `do $$ begin execute format(
       'create or replace function write_some() returns int language sql as %L',
       'select 1 --' || (select string_agg(md5(n::text), '') from generate_series(1, 50000) n)); end $$`,
    ],
    [
      'a comment of megabytes',
      `do $$ begin execute format('comment on table t is %L',
       (select string_agg(md5(n::text), '') from generate_series(1, 30000) n)); end $$`,
    ],
    ['a column with a default', `alter table tight add column filler text default random()::text`],
  ])('%s', async (name, statement) => {
    if (name.startsWith('REFRESH')) {
      await prepare(
        'create or replace view source as select note from t',
        'drop materialized view grows',
        'create table feed (note text)',
        'create materialized view grows as select note from feed',
        'insert into feed select note from t',
      );
    }
    const files = await bytes();
    db.write('shrink');
    await expect(db.ask(statement)).rejects.toMatchObject({
      code: 'storage_limit',
      details: { usedBytes: 60e6, limitBytes: 50e6, writes: 'shrink' },
    });
    expect(evaded).toEqual([]);
    // Told where files stayed longer than they were, and only there.
    const left = (await bytes()) - files;
    expect(undone).toEqual(left > 0 ? [db.route.id] : []);
  });

  it('a batch as a whole', async () => {
    db.write('shrink');
    const batch = batchOf('delete from small where id = 1', 'create table nothing ()');
    await expect(db.ask(batch)).rejects.toMatchObject({ code: 'storage_limit' });
    expect(await count('select count(*) from small where id = 1')).toBe(1);
  });

  it.each(['commit and chain', '/* x */ ; Commit', 'rollback and chain', 'end and chain'])(
    'to end its transaction: %s',
    async (statement) => {
      db.write('shrink');
      await expect(db.ask(batchOf('create table nothing ()', statement))).rejects.toMatchObject({
        code: 'transaction_control',
      });
    },
  );

  it('a cursor that would write at COMMIT', async () => {
    const before = await count('select count(*) from written');
    db.write('shrink');
    await db.ask('declare c cursor with hold for select write_some() from generate_series(1, 10)');
    expect(await count('select count(*) from written')).toBe(before);
    expect(evaded).toEqual([]);
  });

  it('COMMIT inside a procedure', async () => {
    await prepare(`create or replace procedure p() language plpgsql as $$ begin
      perform write_some(); commit; end $$`);
    const before = await count('select count(*) from written');
    db.write('shrink');
    await expect(db.ask('call p()')).rejects.toMatchObject({ details: { sqlstate: '2D000' } });
    expect(await count('select count(*) from written')).toBe(before);
  });

  it.each(['vacuum t', 'create index concurrently on t (note)', 'vacuum full t'])(
    '%s, and points to reclaim',
    async (statement) => {
      db.write('shrink');
      await expect(db.ask(statement)).rejects.toMatchObject({
        code: 'query_failed',
        details: { sqlstate: '25001', hint: expect.stringContaining('reclaim') },
      });
    },
  );

  it('a look with the tenant’s own operators and functions in its path', async () => {
    await prepare(
      'create schema mine',
      `create function mine.pg_total_relation_size(oid) returns bigint return 0`,
      `create function mine.equal("char", "char") returns boolean return false`,
      `create operator mine.= (leftarg = "char", rightarg = "char", function = mine.equal)`,
    );
    db.write('shrink');
    const batch = batchOf('set search_path = mine, pg_catalog, public', 'select write_some()');
    await expect(db.ask(batch)).rejects.toMatchObject({ code: 'storage_limit' });
  });

  it('and says when COMMIT itself set off what nobody could look at before', async () => {
    await prepare(
      'create table again (depth int)',
      'insert into again values (0)',
      `create function defer_again() returns trigger language plpgsql as $$ begin
         if new.depth = 1 then
           set constraints all deferred;
           update again set depth = 2;
         elsif new.depth = 2 then
           insert into written select repeat('x', 500) from generate_series(1, 10000);
         end if;
         return null;
       end $$`,
      `create constraint trigger again after update on again deferrable initially deferred
         for each row execute function defer_again()`,
    );
    db.write('shrink');
    await db.ask('update again set depth = 1');
    expect(evaded).toEqual([db.route.id]);
  });
});

describe('After growth was undone', () => {
  beforeEach(async () => {
    await prepare(...FULL_TABLE);
    db.write('shrink');
    const growing = `insert into t select n, repeat('x', 500) from generate_series(5000, 9000) n`;
    const refused = await db.ask(growing).catch((error: { code: string }) => error.code);
    if (refused !== 'storage_limit') throw new Error('it was kept');
  });

  it('nothing is written until the row of the database has changed', async () => {
    expect(undone).toEqual([db.route.id]);
    await expect(db.ask('delete from t')).rejects.toMatchObject({
      code: 'storage_limit',
      details: { writes: 'locked', retryAfter: 5 },
    });
    expect((await db.ask('select count(*)::int as n from t')).rows).toEqual([{ n: 2000 }]);
    await asOwner('vacuum t');
    db.write('shrink');
    await db.ask('delete from t');
    expect(undone).toEqual([db.route.id]);
  });

  it('a batch, a stream and an Idempotency-Key may read', async () => {
    const { results } = await db.ask<{ results: unknown[] }>(batchOf('select 1', 'select 2'));
    expect(results).toHaveLength(2);
    const sink = new PassThrough();
    await db.stream('select 1 as one', sink);
    sink.end();
    expect(await text(sink)).toContain('{"one":1}');
    expect((await db.ask('select 1 as one', { idempotencyKey: 'k' })).rows).toEqual([{ one: 1 }]);
  });
});

describe('What fails over its quota', () => {
  beforeEach(() => prepare(...FULL_TABLE));

  it('locks writes when it left files longer', async () => {
    db.write('shrink');
    const failing = `do $$ begin
      insert into t select n, repeat('x', 500) from generate_series(5000, 9000) n;
      raise exception 'on purpose'; end $$`;
    await expect(db.ask(failing)).rejects.toThrow('on purpose');
    expect(undone).toEqual([db.route.id]);
  });

  it('locks nothing when it left nothing', async () => {
    db.write('shrink');
    await expect(db.ask('delete from t where 1 / (id - 2000) > 0')).rejects.toMatchObject({
      details: { sqlstate: '22012' },
    });
    await db.ask('delete from t');
    expect(undone).toEqual([]);
  });

  it('counts as growth when it was interrupted, for nobody can look then', async () => {
    db.write('shrink');
    const deaf = `do $$ begin loop begin perform pg_sleep(10);
      exception when query_canceled then null; end; end loop; end $$`;
    await expect(db.ask(deaf)).rejects.toMatchObject({ code: 'query_timeout' });
    expect(undone).toEqual([db.route.id]);
  });
});

describe('An Idempotency-Key over the quota', () => {
  it('replays what was stored, refuses new writes, and lets read', async () => {
    await prepare(...FULL_TABLE);
    const first = await db.ask('delete from t where id = 1 returning id', { idempotencyKey: 'a' });
    db.write('shrink');
    const again = await db.ask('delete from t where id = 1 returning id', { idempotencyKey: 'a' });
    expect(again).toEqual(first);
    await expect(db.ask('delete from t', { idempotencyKey: 'a' })).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    });
    await expect(db.ask('delete from t', { idempotencyKey: 'b' })).rejects.toMatchObject({
      code: 'storage_limit',
      details: { writes: 'shrink' },
    });
    expect((await db.ask('select 1 as one', { idempotencyKey: 'b' })).rows).toEqual([{ one: 1 }]);
    await db.ask('delete from t');
    expect(undone).toEqual([]);
  });

  it('a stream may read and is told why it may not write', async () => {
    db.write('shrink');
    const sink = new PassThrough();
    await expect(db.stream('create table nothing ()', sink)).rejects.toMatchObject({
      code: 'storage_limit',
      details: { writes: 'shrink' },
    });
  });
});
