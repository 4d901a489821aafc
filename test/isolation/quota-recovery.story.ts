import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { type CustomerDatabase, ownersView } from '../support/customer';
import { briefly } from '../support/outcomes';
import { giveNumbers, PLENTY } from '../support/plans';
import { fill, giveRoom, MB, NOISE, storageBecomes } from '../support/quota';

const ROOM = 4 * MB;

const PREPARED = [
  NOISE,
  'create table filler (n int, t text)',
  'create table small as select generate_series(1, 500) as n, 1 as m',
  'create index small_n on small (n)',
  'create table gone as select n, noise(1) as t from generate_series(1, 100) as n',
  'create table cleared as select n, noise(1) as t from generate_series(1, 100) as n',
  'create materialized view copied as select * from gone',
  'create schema parts',
  'create table parts.one as select 1 as n',
  'create function used() returns int language sql as $$ select 1 $$',
  'select lo_from_bytea(4711, repeat(md5(random()::text), 1000)::bytea)',
  // Free space inside its pages, into which updates fit.
  'create table loose with (fillfactor = 30) as select n, 1 as m from generate_series(1, 500) as n',
];

const SHRINKING = [
  'delete from filler where n % 10 = 0',
  'with gone as (delete from filler where n % 10 = 1 returning n) select count(*) from gone',
  'update loose set m = 2 where n <= 20',
  'truncate cleared',
  'drop materialized view copied',
  'drop table gone',
  'drop index small_n',
  'drop schema parts cascade',
  'drop function used()',
  'alter table small drop column m',
  'select lo_unlink(4711)',
  `do $$ begin delete from filler where n % 10 = 2; end $$`,
];

onEachServer((server) => {
  const arena = new Arena(server);
  let db: CustomerDatabase;

  beforeAll(async () => {
    db = arena.attacker;
    for (const query of PREPARED) await db.rows(query);
    await giveRoom(server, db, ROOM);
  });

  const reclaim = () =>
    request(server.gatewayUrl)
      .post(`${db.path}/reclaim`)
      .set('authorization', `Bearer ${db.owner.token}`);

  it('A database that nears its limit says so in each answer and to its owner', (context) =>
    arena.beside(context, async () => {
      const { storage } = await ownersView(db);
      const rows = Math.ceil((0.9 * storage.limitBytes - storage.usedBytes) / 1_150);
      await db.rows(`insert into filler select n, noise(1) from generate_series(1, ${rows}) as n`);
      await storageBecomes(db, { level: 'near', writes: 'open' });
      const answer = await db.sql('select 1').expect(200);
      expect(answer.headers['howdah-storage']).toMatch(/^level=near;used=\d+;limit=\d+/);
      expect(await db.state()).toBe('ready');
      return String(answer.headers['howdah-storage']);
    }));

  it('A full one reads as before, and says that it is full', (context) =>
    arena.beside(context, async () => {
      await fill(db, ROOM);
      const answer = await db.sql('select count(*)::int > 100 as many from filler').expect(200);
      expect(answer.body.rows).toEqual([{ many: true }]);
      expect(answer.headers['howdah-storage']).toMatch(/^level=full;used=\d+;limit=\d+/);
      const reader = await db.newKey({ role: 'read' });
      await db.sql('select count(*) from filler', { secret: reader.secret }).expect(200);
      return String(answer.headers['howdah-storage']);
    }));

  describe('A full one shrinks by', () => {
    it.for(SHRINKING)('%s', (query, context) =>
      arena.beside(
        context,
        async () => {
          const answer = await db.sql(query);
          expect(answer.status, answer.text).toBe(200);
          return 'accepted';
        },
        { atLeastMs: 100 },
      ),
    );
  });

  it('A write that was undone locks writing, until the worker has vacuumed', (context) =>
    arena.beside(context, async () => {
      await storageBecomes(db, { writes: 'shrink' });
      const grow = `insert into small select n from generate_series(1, 50000) as n`;
      const refused = await db.sql(grow).expect(403);
      expect(refused.body.error.code).toBe('storage_limit');
      const next = await db.sql('delete from small where n = 1');
      await storageBecomes(db, { writes: 'shrink' });
      await db.sql('delete from small where n = 2').expect(200);
      return `next write: ${briefly(next)}; then accepted`;
    }));

  it('It is open again when what was deleted is reclaimed', (context) =>
    arena.beside(context, async () => {
      await db.rows('delete from filler where n % 10 between 3 and 8');
      const { body } = await reclaim().expect(202);
      expect(body.database.id).toBe(db.id);
      await db.becomes('ready', 30_000);
      await db.rows('insert into filler select n, noise(1) from generate_series(1, 100) as n');
      const { storage } = await ownersView(db);
      expect(storage).toMatchObject({ writes: 'open' });
      return `${storage.level}, ${storage.usedBytes} of ${storage.limitBytes} bytes`;
    }));

  it('Too many tables close it as too many bytes do, and dropping them opens it', (context) =>
    arena.beside(context, async () => {
      await giveNumbers(server.controlUrl, db, 'few-tables', {
        ...PLENTY,
        requests_per_minute: 600_001,
        relations_max: 120,
      });
      const many = (from: number) => `do $$ begin for n in ${from}..${from + 49} loop
        execute format('create table t_%s (n int, m int, o text)', n); end loop; end $$`;
      for (const from of [0, 50, 100]) await db.rows(many(from));
      await storageBecomes(db, { level: 'full', writes: 'shrink' });
      expect(await db.state()).toBe('read_only');
      const refused = await db.sql(many(150));
      expect(refused.body.error?.code, refused.text).toBe('storage_limit');
      await storageBecomes(db, { writes: 'shrink' });
      await db.rows(`do $$ begin for n in 0..149 loop
        execute format('drop table t_%s', n); end loop; end $$`);
      await storageBecomes(db, { level: 'ok', writes: 'open' });
      expect(await db.state()).toBe('ready');
      return `${briefly(refused)}; ready again`;
    }));
});
