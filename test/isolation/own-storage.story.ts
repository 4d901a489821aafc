import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { asSuperuser } from '../support/cluster-objects';
import {
  type CustomerDatabase,
  inControl,
  type Key,
  newDatabase,
  physicalName,
} from '../support/customer';
import { atOnce, briefly } from '../support/outcomes';
import { fill, giveRoom, MB, NOISE, sizeOf, storageBecomes } from '../support/quota';

const ROOM = 4 * MB;
const COLUMNS = 1_500;
const GRANTEES = 40;

/** Inserts some 60 MB, from wherever it is called. */
const GROW = `create function grow() returns int volatile language plpgsql as $$ begin
  insert into public.hoard select n, repeat('x', 1500) from generate_series(1, 40000) as n;
  return 1; end $$`;
const HARMLESS = `create or replace function shape(n int) returns int immutable language plpgsql as
  $$ begin return n; end $$`;

/** Becomes what inserts once the index is there; `only` keeps it harmless for its owner's requests. */
const harmful = (only: string) => `create or replace function shape(n int) returns int immutable
  language plpgsql as $$ begin if n = 1 and ${only} then perform public.grow(); end if; return n; end $$`;

/** Runs twice, the second time in COMMIT, where it also makes whatever comes next fail. */
const LATE = `create function late() returns trigger language plpgsql as $$ begin
  if current_setting('my.round', true) is distinct from '2' then
    perform set_config('my.round', '2', true);
    execute 'set constraints all deferred';
    update fuse set n = n;
  else
    perform public.grow();
    perform set_config('statement_timeout', '1', false);
  end if;
  return null; end $$`;

onEachServer((server) => {
  const arena = new Arena(server);

  /** Over its limit, after what `prepare` makes while there is room. */
  const full = async (prepare: string[]): Promise<CustomerDatabase> => {
    const db = await arena.newAttacker();
    const tables = ['filler', 'hoard'].map((name) => `create table ${name} (n int, t text)`);
    for (const query of [NOISE, GROW, ...tables, ...prepare]) await db.rows(query);
    await giveRoom(server, db, ROOM);
    await fill(db, ROOM + MB);
    return db;
  };

  /** It has not grown by more than a few pages, or is closed for having done so. */
  const holds = async (db: CustomerDatabase, before: number): Promise<string> => {
    const grown = (await sizeOf(server, db)) - before;
    const state = await db.state();
    expect(grown < MB || state === 'suspended', `${state}, grown by ${grown} bytes`).toBe(true);
    return `${state}; grown by ${Math.round(grown / 1000)} kB`;
  };

  /**
   * Waits until autovacuum has been there twice: it looks at all tables in a visit, and one whose index
   * fails counts nowhere.
   */
  const isVisited = async (db: CustomerDatabase): Promise<void> => {
    const query = `select autoanalyze_count::int as times from pg_stat_user_tables where relname = 'lure'`;
    const times = async () => (await db.rows<{ times: number }>(query))[0]!.times;
    for (let visit = 0; visit < 2; visit++) {
      const before = await times();
      const changed = async () => {
        await db.sql('update lure set n = n');
        return times();
      };
      await expect.poll(changed, { timeout: 25_000, interval: 500 }).toBeGreaterThan(before);
    }
  };

  describe('A database over its limit of storage does not grow by', () => {
    it('indexes written anew in a batch that calls itself read-only', (context) =>
      arena.beside(context, async () => {
        const index = 'create index on few (n) with (fillfactor = 90)';
        const db = await full([
          'create table few as select n % 5 as n from generate_series(1, 60000) as n',
          ...[index, index, index],
          `do $$ declare i regclass; begin
             for i in select indexrelid from pg_index where indrelid = 'few'::regclass loop
               execute format('alter index %s set (fillfactor = 10, deduplicate_items = off)', i);
             end loop; end $$`,
        ]);
        const before = await sizeOf(server, db);
        const answer = await db.sql({ readOnly: true, queries: [{ query: 'reindex table few' }] });
        return `${briefly(answer)}; ${await holds(db, before)}`;
      }));

    it('large objects written in a batch that calls itself read-only', (context) =>
      arena.beside(context, async () => {
        const db = await full([]);
        const before = await sizeOf(server, db);
        const query = `select lo_from_bytea(0, convert_to(noise(3000), 'UTF8'))`;
        const answer = await db.sql({ readOnly: true, queries: [{ query }] });
        // Before 16 they are written, undone, and cleared away.
        await storageBecomes(db, { writes: 'shrink' });
        return `${briefly(answer)}; ${await holds(db, before)}`;
      }));

    it('a COMMIT that makes the look after it fail', (context) =>
      arena.beside(context, async () => {
        const db = await full([
          'create table fuse (n int)',
          'insert into fuse values (1)',
          LATE,
          `create constraint trigger late after update on fuse
             deferrable initially deferred for each row execute function late()`,
        ]);
        const before = await sizeOf(server, db);
        const answer = await db.sql('update fuse set n = n');
        await sleep(500);
        return `${briefly(answer)}; ${await holds(db, before)}`;
      }));

    it('what its index inserts while autovacuum looks at it', (context) =>
      arena.beside(
        context,
        async () => {
          const db = await full([
            HARMLESS,
            `create table bait (n int) with (
               autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0, fillfactor = 10)`,
            'insert into bait select generate_series(1, 20)',
            'create table lure (like bait) with (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0, fillfactor = 10)',
            'insert into lure select n from bait',
            'create index on bait (shape(n))',
            harmful('inet_client_addr() is null'),
          ]);
          const before = await sizeOf(server, db);
          await db.rows('update bait set n = n');
          await isVisited(db);
          return holds(db, before);
        },
        { atLeastMs: 100 },
      ));

    it('what its index inserts while its space is reclaimed', (context) =>
      arena.beside(context, async () => {
        const db = await full([
          HARMLESS,
          'create table bait as select generate_series(1, 20) as n',
          'create index on bait (shape(n))',
          harmful('true'),
        ]);
        const before = await sizeOf(server, db);
        await request(server.gatewayUrl)
          .post(`${db.path}/reclaim`)
          .set('authorization', `Bearer ${db.owner.token}`)
          .expect(202);
        await storageBecomes(db, { reclaiming: false });
        return holds(db, before);
      }));
  });

  describe('Whoever holds a key for reading shuts nobody out of a database, by', () => {
    let db: CustomerDatabase;
    let reader: Key;

    beforeAll(async () => {
      // On the free plan, whose requests are counted out a few at a time.
      db = await newDatabase(server.gatewayUrl);
      reader = await db.newKey({ role: 'read' });
    });

    const asRequest = (query: string) => {
      const body = JSON.stringify({ query });
      return [
        `POST ${db.path}/sql HTTP/1.1`,
        'host: gateway',
        `authorization: Bearer ${reader.secret}`,
        'content-type: application/json',
        `content-length: ${body.length}\r\n\r\n${body}`,
      ].join('\r\n');
    };

    /** Sends this over a connection that is reset `afterMs` later. */
    const sendAndLeave = (text: string, afterMs: number): Promise<void> =>
      new Promise((left) => {
        const { hostname, port } = new URL(server.gatewayUrl);
        const socket = connect(Number(port), hostname, () => {
          socket.write(text);
          setTimeout(() => socket.resetAndDestroy(), afterMs);
        });
        socket.on('error', () => undefined).on('close', () => left());
      });

    const takesTen = async () => {
      await sleep(1_500);
      const answers = await atOnce(10, () => db.sql('select pg_sleep(0.2)'));
      const codes = answers.map((answer) => briefly(answer));
      expect(
        answers.every(({ status }) => status === 200),
        codes.join(', '),
      ).toBe(true);
      return 'ten requests at once are answered';
    };

    it('requests sent one behind the other on a connection that it resets', (context) =>
      arena.beside(context, async () => {
        const waiting = Array.from({ length: 9 }, () => asRequest('select 1'));
        await sendAndLeave([asRequest('select pg_sleep(0.5)'), ...waiting].join(''), 200);
        return takesTen();
      }));

    it('requests that it gives up at once', (context) =>
      arena.beside(context, async () => {
        for (let round = 0; round < 8; round++) {
          await Promise.all(
            Array.from({ length: 15 }, () => sendAndLeave(asRequest('select 1'), 0)),
          );
          await sleep(200);
        }
        return takesTen();
      }));
  });

  describe("A neighbour's logins go with its database, though a tenant", () => {
    /** The days of its deletion are over at once. */
    const deleteForGood = async (db: CustomerDatabase): Promise<void> => {
      const name = await physicalName(server, db);
      await request(server.gatewayUrl)
        .delete(db.path)
        .set('authorization', `Bearer ${db.owner.token}`)
        .expect(202);
      await db.becomes('deleted');
      await inControl(
        server.controlUrl,
        'update snapshot set expires_at = now() where physical_name = $1',
        [name],
      );
      const left = () =>
        asSuperuser<{ rolname: string }>(
          server.adminUrl,
          'select rolname from pg_roles where starts_with(rolname, $1)',
          [name],
        );
      for (const until = Date.now() + 15_000; (await left()).length > 0; await sleep(100)) {
        if (Date.now() > until) throw new Error(`${JSON.stringify(await left())} are still there`);
      }
    };

    it('gave them and others rights on every column of a wide table', (context) =>
      arena.beside(context, async () => {
        const [attacker, neighbour] = [await arena.newAttacker(), await arena.newAttacker()];
        const name = await physicalName(server, neighbour);
        const columns = Array.from({ length: COLUMNS }, (_, n) => `c${n}`);
        await attacker.rows(`create table wide (${columns.map((c) => `${c} int`).join(', ')})`);
        for (let n = 0; n < COLUMNS; n += 50) {
          await attacker.rows(`do $$ begin
            execute 'grant select (${columns.slice(n, n + 50).join(', ')}) on wide to ${name}, ' || (
              select string_agg(rolname, ', ') from (
                select rolname from pg_roles where rolname ~ '^d_' and rolname <> '${name}'
                order by 1 limit ${GRANTEES}) as r);
            end $$`);
        }
        await deleteForGood(neighbour);
        return `rights on ${COLUMNS} columns taken back`;
      }));

    it('let another of its roles give them rights', (context) =>
      arena.beside(context, async () => {
        const [attacker, neighbour] = [await arena.newAttacker(), await arena.newAttacker()];
        const own = await physicalName(server, attacker);
        const name = await physicalName(server, neighbour);
        await attacker.rows('create table pin (n int)');
        const answer = await attacker.sql({
          queries: [
            { query: `grant usage on schema public to ${own}` },
            { query: `grant select on pin to ${own} with grant option` },
            { query: 'set role none' },
            { query: `grant select on public.pin to ${name}` },
          ],
        });
        expect(answer.status, answer.text).toBe(200);
        await deleteForGood(neighbour);
        return 'taken back from who is not the owner';
      }));
  });
});
