import { beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { CustomerDatabase, type Key } from '../support/customer';
import { type Answer, briefly } from '../support/outcomes';
import { fill, giveRoom, MB, NOISE, sizeOf, storageBecomes } from '../support/quota';
import { streamOf } from '../support/streams';

const ROOM = 4 * MB;
const MORE = 'insert into filler select n, noise(1) from generate_series(1, 400) as n';

/** Made while there is room; each grows the database when it is used. */
const PREPARED: string[] = [
  NOISE,
  'create table filler (n int, t text)',
  'create table target (n int, t text)',
  'create table plain as select md5(n::text) as t from generate_series(1, 400) as n',
  'insert into target values (1, noise(1))',
  'create view window_to as select * from filler',
  'create materialized view copied as select * from filler',
  `create function grow() returns int security definer language plpgsql as $$ begin ${MORE}; return 1; end $$`,
  `create procedure grow_and_commit() language plpgsql as $$ begin ${MORE}; commit; ${MORE}; commit; end $$`,
  `create function grow_row() returns trigger language plpgsql as $$ begin ${MORE}; return null; end $$`,
  'create trigger grow after delete on target for each statement execute function grow_row()',
  `create rule grow as on update to window_to do instead ${MORE}`,
];

/** Ways to grow, each one statement or one batch. */
const WAYS: [string, string | object][] = [
  ['an insert', MORE],
  ['an insert with RETURNING', `${MORE} returning n`],
  [
    'an insert that answers with an error over the limit',
    { query: `${MORE} returning n`, onLimit: 'error' },
  ],
  ['an update that makes rows longer', 'update filler set t = t || noise(1) where n <= 400'],
  ['a CTE that writes', `with w as (${MORE} returning 1) select count(*) from w`],
  [
    'MERGE',
    `merge into filler using generate_series(1, 400) as g on false
    when not matched then insert values (g, noise(1))`,
  ],
  ['CREATE TABLE AS', 'create table another as select * from filler limit 500'],
  ['a materialized view, filled again', 'refresh materialized view copied'],
  ['a materialized view, made', 'create materialized view again as select * from filler'],
  ['an index', 'create index on filler (md5(t), n)'],
  [
    'a column with another value in each row',
    'alter table plain add column more text default noise(1)',
  ],
  ['another type for a column', `alter table plain alter column t type text using t || noise(1)`],
  ['a large object', `select lo_from_bytea(0, convert_to(noise(400), 'UTF8'))`],
  ['a temporary table', 'create temp table hidden as select * from filler'],
  ['a function with the rights of its owner', 'select grow()'],
  ['a trigger of a delete', 'delete from target'],
  ['a rule of a view', `update window_to set n = 1`],
  ['a block', `do $$ begin ${MORE}; end $$`],
  [
    'a block that catches what it is told',
    `do $$ begin ${MORE}; exception when others then ${MORE}; end $$`,
  ],
  [
    'a delete and a larger insert in one batch',
    { queries: [{ query: 'delete from filler where n = 1' }, { query: MORE }] },
  ],
  [
    'an insert and a delete of the same in one batch',
    { queries: [{ query: MORE }, { query: 'delete from filler where n <= 400' }] },
  ],
  [
    'a prepared statement',
    { queries: [{ query: `prepare more as ${MORE}` }, { query: 'execute more' }] },
  ],
  [
    'many sequences',
    `do $$ begin for n in 1..60 loop
    execute format('create sequence s_%s', n); end loop; end $$`,
  ],
  [
    'many functions',
    `do $$ begin for n in 1..60 loop execute format(
    'create function f_%s() returns text language sql as %L', n, format('select %L', noise(8)));
    end loop; end $$`,
  ],
  ['a comment', `do $$ begin execute format('comment on table filler is %L', noise(400)); end $$`],
  [
    'the table of Idempotency-Keys',
    `insert into howdah.requests (key, fingerprint)
    select n::text, decode(noise(1), 'hex') from generate_series(1, 400) as n`,
  ],
];

/** Ways to get around the transaction that the gate is in; refused for that or for growing. */
const AROUND: [string, string | object][] = [
  ['a procedure that commits', 'call grow_and_commit()'],
  ['a block that commits', `do $$ begin ${MORE}; commit; end $$`],
  ['COMMIT in a batch', { queries: [{ query: MORE }, { query: 'commit' }] }],
  ['COMMIT AND CHAIN in a batch', { queries: [{ query: MORE }, { query: 'commit and chain' }] }],
  [
    'a transaction that is prepared',
    { queries: [{ query: MORE }, { query: `prepare transaction 'x'` }] },
  ],
  [
    'a savepoint that is released',
    { queries: [{ query: 'savepoint s' }, { query: MORE }, { query: 'release s' }] },
  ],
];

onEachServer((server) => {
  const arena = new Arena(server);
  let db: CustomerDatabase;
  let writer: Key;
  let full: number;

  beforeAll(async () => {
    db = arena.attacker;
    for (const query of PREPARED) await db.rows(query);
    writer = await db.newKey({ role: 'write' });
    await giveRoom(server, db, ROOM);
    await fill(db, ROOM + MB);
    full = await sizeOf(server, db);
  });

  async function isRefused(send: () => PromiseLike<Answer & { text: string }>) {
    await storageBecomes(db, { writes: 'shrink' });
    const answer = await send();
    expect(answer.status, answer.text).toBe(403);
    expect(answer.body.error?.code).toBe('storage_limit');
    return briefly(answer);
  }

  describe('A database over its limit of storage does not grow by', () => {
    it.for(WAYS)('%s', ([, body], context) =>
      arena.beside(context, () => isRefused(() => db.sql(body)), { atLeastMs: 100 }),
    );

    it.for(AROUND)('%s', ([, body], context) =>
      arena.beside(
        context,
        async () => {
          await storageBecomes(db, { writes: 'shrink' });
          const answer = await db.sql(body);
          expect([400, 403], answer.text).toContain(answer.status);
          return briefly(answer);
        },
        { atLeastMs: 100 },
      ),
    );

    it('a write key', (context) =>
      arena.beside(context, () => isRefused(() => db.sql(MORE, { secret: writer.secret }))));

    it('a request with an Idempotency-Key, or its repeat', (context) =>
      arena.beside(context, async () => {
        const send = () => db.sql(MORE, { headers: { 'idempotency-key': 'grow-once' } });
        await isRefused(send);
        return isRefused(send);
      }));

    it('a stream', (context) =>
      arena.beside(context, async () => {
        await storageBecomes(db, { writes: 'shrink' });
        const answer = await streamOf(db, `${MORE} returning n`);
        const text = await answer.text();
        expect(text).toContain('storage_limit');
        return `${answer.status} ${JSON.parse(text.trim().split('\n').at(-1)!).error.code}`;
      }));

    it('many small requests at once', (context) =>
      arena.beside(context, async () => {
        await storageBecomes(db, { writes: 'shrink' });
        const query = 'insert into filler select n, noise(1) from generate_series(1, 20) as n';
        const answers = await Promise.all(Array.from({ length: 10 }, async () => db.sql(query)));
        const refused = answers.filter(({ status }) => status === 403);
        expect(refused.length).toBeGreaterThan(0);
        return `${refused.length} of ${answers.length} refused`;
      }));

    it('any of this: it is as large as before', async () => {
      await storageBecomes(db, { writes: 'shrink' });
      expect(await sizeOf(server, db)).toBeLessThan(full + MB);
    });
  });

  describe('A statement that grows at its COMMIT, after the last look,', () => {
    it('is undone or costs the database its liberty', (context) =>
      arena.beside(context, async () => {
        const late = await arena.newAttacker();
        await late.rows(NOISE);
        await late.rows('create table filler (n int, t text)');
        await late.rows('create table fuse (n int)');
        await late.rows(`create function late() returns trigger language plpgsql as
          $$ begin insert into filler select n, noise(4) from generate_series(1, 300) as n;
             return null; end $$`);
        await late.rows(`create constraint trigger late after insert on fuse
          deferrable initially deferred for each row execute function late()`);
        await giveRoom(server, late, ROOM);
        await fill(late, ROOM + MB);
        const before = await sizeOf(server, late);
        const answers: string[] = [];
        for (let n = 0; n < 3; n++)
          answers.push(briefly(await late.sql('insert into fuse values (1)')));
        const state = await late.state();
        const grown = (await sizeOf(server, late)) - before;
        expect(grown < 3 * MB || state === 'suspended').toBe(true);
        return `${answers.join(', ')}; ${state}; grown by ${Math.round(grown / 1000)} kB`;
      }));
  });
});
