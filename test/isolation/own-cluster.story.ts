import { readlinkSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { backendsOf } from '../support/backends';
import { asSuperuser } from '../support/cluster-objects';
import { inControl, newDatabase, signUp } from '../support/customer';
import { atOnce, briefly, outcomesOf, outcomesOfBomb } from '../support/outcomes';

const MB = 1024 * 1024;
/** A limit of time, and what it takes to be answered after it. */
const ANSWERED_MS = 1_300;

/** The server's log, files, processors and connections: what no database has for itself. */
onEachServer((server) => {
  const arena = new Arena(server);

  const log = async () => {
    const [row] = await asSuperuser<{ pid: number }>(
      server.adminUrl,
      `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
    );
    return statSync(readlinkSync(`/proc/${row!.pid}/fd/2`)).size;
  };

  describe('A tenant does not take the cluster from its neighbours, by', () => {
    it('errors of megabytes that it has made fatal, the log', (context) =>
      arena.beside(context, async () => {
        const before = await log();
        const fatal = `do $$ begin perform set_config('exit_on_error', 'on', false);
          raise exception '%', repeat('x', 5000000); end $$`;
        const answers = [];
        for (let n = 0; n < 5; n++) answers.push(await arena.attacker.sql(fatal));
        const grown = (await log()) - before;
        expect(grown).toBeLessThan(MB);
        return `${outcomesOfBomb(answers)}; the log grew by ${grown} bytes`;
      }));

    it('what it says while autovacuum looks at its index, the log', (context) =>
      arena.beside(context, async () => {
        const attacker = await arena.newAttacker();
        const before = await log();
        await attacker.rows(`create function shout(n int) returns int immutable language plpgsql as
          $$ begin
            if inet_client_addr() is null then raise warning '%', repeat('x', 5000000); end if;
            return n;
          end $$`);
        await attacker.rows(
          'create table loud (n int) with (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0)',
        );
        await attacker.rows('create index on loud (shout(n))');
        await attacker.rows('insert into loud select n from generate_series(1, 20) as n');
        // Autovacuum comes every second here. An analysis that got this far is either done or stopped.
        const looked = async () => {
          const analyzed = await attacker.sql(
            `select 1 from pg_stat_user_tables where relname = 'loud' and last_autoanalyze is not null`,
          );
          return analyzed.body.rows?.length === 1 || (await log()) - before > MB;
        };
        await expect.poll(looked, { timeout: 30_000, interval: 200 }).toBe(true);
        const grown = (await log()) - before;
        expect(grown).toBeLessThan(MB);
        return `analyzed; the log grew by ${grown} bytes`;
      }));

    it('snapshots that it exports by the thousand, the files of the server', (context) =>
      arena.beside(context, async () => {
        const exporting = 'do $$ begin loop perform pg_export_snapshot(); end loop; end $$';
        const outcome = outcomesOfBomb(await atOnce(5, () => arena.attacker.sql(exporting)));
        const left = async () => {
          const [row] = await asSuperuser<{ files: number }>(
            server.adminUrl,
            `select count(*)::int as files from pg_ls_dir('pg_snapshots')`,
          );
          return row!.files;
        };
        await expect.poll(left, { timeout: 5_000 }).toBe(0);
        return outcome;
      }));

    it('a text of comments in comments, which no parser reads to its end, with a read key', (context) =>
      arena.beside(context, async () => {
        const attacker = await arena.newAttacker();
        const { secret } = await attacker.newKey({ role: 'read' });
        const text = `${'/*'.repeat(15_000)}${'*/'.repeat(15_000)} select 1`;
        const begun = performance.now();
        const answer = await attacker.sql(text, { secret });
        expect(performance.now() - begun).toBeLessThan(ANSWERED_MS);
        expect(answer.status).not.toBe(200);
        await expect
          .poll(() => backendsOf(server, attacker, 'active'), { timeout: 40_000, interval: 200 })
          .toEqual([]);
        return `${briefly(answer)}; its database is ${await attacker.state()} then`;
      }));

    it('views of views, each of two of the one before', (context) =>
      arena.beside(context, async () => {
        const attacker = await arena.newAttacker();
        await attacker.rows('create view v0 as select 1 as a, 2 as b');
        for (let n = 1; n < 30; n++) {
          await attacker.rows(`create view v${n} as select x.a, y.b from v${n - 1} x, v${n - 1} y`);
        }
        const begun = performance.now();
        const answer = await attacker.sql('select * from v29');
        expect(performance.now() - begun).toBeLessThan(ANSWERED_MS);
        // Whichever it comes to first: the end of its time, or of the memory of its backend.
        expect(['query_timeout 57014', 'query_failed 53200']).toContain(briefly(answer));
        return briefly(answer);
      }));

    it('code that it wants compiled, by a compiler that is not there', (context) =>
      arena.beside(context, async () => {
        const queries = ['set jit = on', 'set jit_above_cost = 0', 'select count(*) from pg_class'];
        const body = { queries: queries.map((query) => ({ query })) };
        const answers = await atOnce(10, () => arena.attacker.sql(body));
        expect(new Set(answers.map(briefly))).toEqual(new Set(['200']));
        return outcomesOf(answers);
      }));

    it('twelve databases that do nothing but wait, all connections of the gateway', (context) =>
      arena.beside(context, async () => {
        const newcomers = await Promise.all(
          Array.from({ length: 4 }, () => newDatabase(server.gatewayUrl)),
        );
        const gang = await Promise.all(Array.from({ length: 12 }, () => arena.newAttacker()));
        const until = performance.now() + 3_000;
        const waiting = gang.flatMap((each) =>
          Array.from({ length: 10 }, async () => {
            while (performance.now() < until) await each.sql('select pg_sleep(0.9)');
          }),
        );
        let slowestMs = 0;
        for (const newcomer of newcomers) {
          const begun = performance.now();
          expect((await newcomer.sql('select 1')).status).toBe(200);
          slowestMs = Math.max(slowestMs, performance.now() - begun);
        }
        await Promise.all(waiting);
        return `a newcomer’s first answer took ${Math.round(slowestMs)} ms at most`;
      }));

    it('databases that it makes and deletes, each of them kept for a week', (context) =>
      arena.beside(context, async () => {
        const owner = await signUp(server.gatewayUrl);
        for (let n = 0; n < 12; n++) {
          const made = await newDatabase(server.gatewayUrl, owner);
          await fetch(`${server.gatewayUrl}${made.path}`, {
            method: 'DELETE',
            headers: { authorization: `Bearer ${owner.token}` },
          });
          await made.becomes('deleted');
        }
        const kept = async () => {
          const [row] = await inControl<{ count: number }>(
            server.controlUrl,
            `select count(*)::int as count from snapshot s join database d on d.id = s.database_id
             where d.account_id = $1`,
            [owner.id],
          );
          return row!.count;
        };
        await expect.poll(kept, { timeout: 45_000, interval: 200 }).toBeLessThanOrEqual(5);
        return `of 12 the last ${await kept()} are kept`;
      }));
  });
});
