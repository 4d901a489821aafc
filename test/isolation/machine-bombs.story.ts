import type { Client } from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { Arena, BOMBER, onEachServer } from '../support/arena';
import { asSuperuser } from '../support/cluster-objects';
import { directLogin } from '../support/direct-login';
import { gatewayMemory } from '../support/gateway-memory';
import { atOnce, outcomesOfBomb } from '../support/outcomes';

const MB = 1024 * 1024;

/** Memory, processors, disks and connections that all tenants of a machine have together. */
onEachServer((server) => {
  const arena = new Arena(server, BOMBER);
  beforeEach(() => arena.attackerIsServed());

  const bomb = async (atOnceMax: number, ...queries: string[]) => {
    const body = { queries: queries.map((query) => ({ query })) };
    return outcomesOfBomb(await atOnce(atOnceMax, () => arena.attacker.sql(body)));
  };

  const temporaryBytes = async () => {
    const [row] = await asSuperuser<{ bytes: string }>(
      server.adminUrl,
      `select coalesce(sum(size), 0) as bytes from pg_ls_tmpdir()`,
    );
    return Number(row!.bytes);
  };

  describe('A tenant does not take from its neighbours, by', () => {
    it('one value of a gigabyte, the memory of the machine', (context) =>
      arena.beside(context, () => bomb(3, `select length(repeat('x', 1073741000))`)));

    it('an array that grows until the memory is gone', (context) =>
      arena.beside(context, () =>
        bomb(
          3,
          `set work_mem = '2097151kB'`,
          'select cardinality(array_agg(n)) from generate_series(1, 500000000) as n',
        ),
      ));

    it('variables that double, hidden from work_mem', (context) =>
      arena.beside(context, () =>
        bomb(
          3,
          `do $$ declare hoard text[] := array[repeat('x', 1000000)];
           begin loop hoard := hoard || hoard; end loop; end $$`,
        ),
      ));

    it('a plan of a million nodes, the memory of the planner', (context) =>
      arena.beside(context, () =>
        bomb(
          3,
          `select ${Array.from({ length: 1600 }, (_, n) => `(select ${n})`).join(' + ')} as n
          from ${Array.from({ length: 14 }, (_, n) => `generate_series(1, 2) as t${n}`).join(', ')}`,
        ),
      ));

    it('a stack without a bottom', (context) =>
      arena.beside(context, async () => {
        await arena.attacker.rows(`create function deeper(n int) returns int language plpgsql as
          $$ begin return deeper(n + 1); end $$`);
        return bomb(10, 'select deeper(1)');
      }));

    it('parallel workers, of which there are few for all', (context) =>
      arena.beside(context, async () => {
        await arena.attacker.rows(
          'create table wide as select n from generate_series(1, 100000) as n',
        );
        const outcome = await bomb(
          10,
          'set max_parallel_workers_per_gather = 64',
          'set max_parallel_workers = 64',
          'set parallel_setup_cost = 0',
          'set parallel_tuple_cost = 0',
          'set min_parallel_table_scan_size = 0',
          'select count(*) from wide as a, wide as b',
        );
        const workers = await asSuperuser(
          server.adminUrl,
          `select pid from pg_stat_activity where backend_type = 'parallel worker'`,
        );
        expect(workers).toEqual([]);
        return outcome;
      }));

    it('sorts that spill, the disk', (context) =>
      arena.beside(context, async () => {
        const outcome = await bomb(
          10,
          `set work_mem = '64kB'`,
          `select count(*) from (select md5(n::text) as x from generate_series(1, 30000000) as n
             order by x) as sorted`,
        );
        await expect.poll(temporaryBytes, { timeout: 5_000 }).toBeLessThan(MB);
        return outcome;
      }));

    it('a cursor held past its transaction, the disk', (context) =>
      arena.beside(context, async () => {
        const outcome = await bomb(
          5,
          `set work_mem = '64kB'`,
          `declare hoard cursor with hold for
             select repeat(md5(n::text), 30) from generate_series(1, 10000000) as n`,
        );
        await expect.poll(temporaryBytes, { timeout: 5_000 }).toBeLessThan(MB);
        return outcome;
      }));

    it('temporary tables, which no limit on temporary files counts', (context) =>
      arena.beside(context, () =>
        bomb(
          5,
          `create temp table hoard as
             select repeat(md5(n::text), 30) as t from generate_series(1, 10000000) as n`,
        ),
      ));

    it('dead rows in many tables, the workers of autovacuum', (context) =>
      arena.beside(
        context,
        async () => {
          await arena.attacker.rows(`do $$ begin for n in 1..40 loop
            execute format('create table dead_%s as select n, repeat(''x'', 500) as t
              from generate_series(1, 1000) as n', n); end loop; end $$`);
          return bomb(
            5,
            `do $$ begin for round in 1..100 loop for n in 1..40 loop
               execute format('update dead_%s set n = n', n); end loop; end loop; end $$`,
          );
        },
        { atLeastMs: 2_000 },
      ));

    it('notices without end, the memory of the gateway', (context) =>
      arena.beside(context, async () => {
        const before = await gatewayMemory(server.gatewayUrl);
        const outcome = await bomb(
          10,
          'set client_min_messages = debug5',
          `do $$ begin loop raise notice '%', repeat('x', 60000); end loop; end $$`,
        );
        const grown = (await gatewayMemory(server.gatewayUrl)) - before;
        expect(grown).toBeLessThan(250 * MB);
        return `${outcome}; the gateway grew by ${Math.round(grown / MB)} MB`;
      }));

    it('two hundred requests at once', (context) =>
      arena.beside(context, async () =>
        outcomesOfBomb(await atOnce(200, () => arena.attacker.sql('select pg_sleep(0.9)'))),
      ));

    it('the requests of three tenants at once, the connections of the gateway', (context) =>
      arena.beside(context, async () => {
        const gang = [
          arena.attacker,
          ...(await Promise.all([arena.newAttacker(), arena.newAttacker()])),
        ];
        const storms = gang.map((each) => atOnce(30, () => each.sql('select pg_sleep(0.9)')));
        const answers = await Promise.all(storms);
        return answers.map(outcomesOfBomb).join('; ');
      }));

    it('sessions opened past the gateway as fast as they close', (context) =>
      arena.beside(context, async () => {
        let opened = 0;
        let refused = 0;
        const until = performance.now() + 1_000;
        await atOnce(8, async () => {
          while (performance.now() < until) {
            const session = await directLogin(server, arena.attacker).catch(() => refused++);
            if (typeof session === 'number') continue;
            opened++;
            await (session as Client).end();
          }
        });
        expect(opened).toBeGreaterThan(0);
        return `${opened} opened, ${refused} refused`;
      }));
  });
});
