import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { batchOf } from '../support/direct-database';
import { FULL_TABLE, GateUnderTest } from '../support/gate-under-test';

const gate = new GateUnderTest();

/** Writes half a megabyte, by whoever's statement it is called. */
const WRITER = [
  'drop table if exists written cascade',
  'create table written (note text)',
  `create or replace function write_some() returns int language plpgsql as $$ begin
     insert into written select repeat('x', 500) from generate_series(1, 1000); return 1; end $$`,
];

describe('Over its quota, a database takes', () => {
  beforeEach(() => gate.prepare(...FULL_TABLE));

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
    await gate.prepare(...before);
    gate.db.write('shrink');
    await gate.db.ask(statement);
    expect(gate.undone).toEqual([]);
  });

  it('UPDATE into space that VACUUM has freed', async () => {
    await gate.prepare('delete from t where id % 2 = 0');
    await gate.asSuperuser('vacuum t');
    gate.db.write('shrink');
    await gate.db.ask(`update t set extra = 'z' where id <= 1000`);
    expect(await gate.count(`select count(*) from t where extra = 'z'`)).toBe(500);
  });

  it('a batch that gives up more than it takes', async () => {
    gate.db.write('shrink');
    await gate.db.ask(batchOf('create table smaller as select id from t', 'drop table t'));
    expect(await gate.count('select count(*) from smaller')).toBe(2000);
    await gate.db.ask('drop table smaller');
  });

  it('deletes of many at once, one after the other', async () => {
    gate.db.write('shrink');
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => gate.db.ask(`delete from t where id % 8 = ${n}`)),
    );
    expect(await gate.count('select count(*) from t')).toBe(0);
  });

  it('and is smaller then', async () => {
    const before = await gate.bytes();
    gate.db.write('shrink');
    await gate.db.ask('truncate t');
    expect(await gate.bytes()).toBeLessThan(before - 1_000_000);
  });
});

describe('Over its quota, a database refuses', () => {
  beforeAll(() =>
    gate.prepare(
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
      await gate.prepare(
        'create or replace view source as select note from t',
        'drop materialized view grows',
        'create table feed (note text)',
        'create materialized view grows as select note from feed',
        'insert into feed select note from t',
      );
    }
    const files = await gate.bytes();
    gate.db.write('shrink');
    await expect(gate.db.ask(statement)).rejects.toMatchObject({
      code: 'storage_limit',
      details: { usedBytes: 60e6, limitBytes: 50e6, writes: 'shrink' },
    });
    expect(gate.evaded).toEqual([]);
    // Told where files stayed longer than they were, and only there.
    const left = (await gate.bytes()) - files;
    expect(gate.undone).toEqual(left > 0 ? [gate.db.route.id] : []);
  });

  it('a batch as a whole', async () => {
    gate.db.write('shrink');
    const batch = batchOf('delete from small where id = 1', 'create table nothing ()');
    await expect(gate.db.ask(batch)).rejects.toMatchObject({ code: 'storage_limit' });
    expect(await gate.count('select count(*) from small where id = 1')).toBe(1);
  });

  it.each(['commit and chain', '/* x */ ; Commit', 'rollback and chain', 'end and chain'])(
    'to end its transaction: %s',
    async (statement) => {
      gate.db.write('shrink');
      await expect(
        gate.db.ask(batchOf('create table nothing ()', statement)),
      ).rejects.toMatchObject({
        code: 'transaction_control',
      });
    },
  );

  it('a cursor that would write at COMMIT', async () => {
    const before = await gate.count('select count(*) from written');
    gate.db.write('shrink');
    await gate.db.ask(
      'declare c cursor with hold for select write_some() from generate_series(1, 10)',
    );
    expect(await gate.count('select count(*) from written')).toBe(before);
    expect(gate.evaded).toEqual([]);
  });

  it('COMMIT inside a procedure', async () => {
    await gate.prepare(`create or replace procedure p() language plpgsql as $$ begin
      perform write_some(); commit; end $$`);
    const before = await gate.count('select count(*) from written');
    gate.db.write('shrink');
    await expect(gate.db.ask('call p()')).rejects.toMatchObject({ details: { sqlstate: '2D000' } });
    expect(await gate.count('select count(*) from written')).toBe(before);
  });

  it.each(['vacuum t', 'create index concurrently on t (note)', 'vacuum full t'])(
    '%s, and points to reclaim',
    async (statement) => {
      gate.db.write('shrink');
      await expect(gate.db.ask(statement)).rejects.toMatchObject({
        code: 'query_failed',
        details: { sqlstate: '25001', hint: expect.stringContaining('reclaim') },
      });
    },
  );

  it('a look with the tenant’s own operators and functions in its path', async () => {
    await gate.prepare(
      'create schema mine',
      `create function mine.pg_total_relation_size(oid) returns bigint return 0`,
      `create function mine.equal("char", "char") returns boolean return false`,
      `create operator mine.= (leftarg = "char", rightarg = "char", function = mine.equal)`,
    );
    gate.db.write('shrink');
    const batch = batchOf('set search_path = mine, pg_catalog, public', 'select write_some()');
    await expect(gate.db.ask(batch)).rejects.toMatchObject({ code: 'storage_limit' });
  });

  it('and says when COMMIT itself set off what nobody could look at before', async () => {
    await gate.prepare(
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
    gate.db.write('shrink');
    await gate.db.ask('update again set depth = 1');
    expect(gate.evaded).toEqual([gate.db.route.id]);
  });
});
