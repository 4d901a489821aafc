import { readlinkSync, statSync } from 'node:fs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Arena, BOMBER, onEachServer } from '../support/arena';
import { asSuperuser } from '../support/cluster-objects';
import { directLogin } from '../support/direct-login';
import { atOnce, briefly, outcomesOfBomb } from '../support/outcomes';

/** Memory, queues, logs and catalogs that all tenants of a cluster have together. */
onEachServer((server) => {
  const arena = new Arena(server, BOMBER);
  beforeEach(() => arena.attackerIsServed());

  /** The same request ten times at once, as many as the plan lets in. */
  const bomb = async (...queries: string[]) => {
    const body = { queries: queries.map((query) => ({ query })) };
    return outcomesOfBomb(await atOnce(10, () => arena.attacker.sql(body)));
  };

  const serverLogBytes = async () => {
    const [row] = await asSuperuser<{ pid: number }>(
      server.adminUrl,
      `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
    );
    return statSync(readlinkSync(`/proc/${row!.pid}/fd/2`)).size;
  };

  const prepare = async (...queries: string[]) => {
    for (const query of queries) await arena.attacker.rows(query);
  };

  describe('A tenant does not take from its neighbours, by', () => {
    it('advisory locks, the lock table that all databases share', (context) =>
      arena.beside(context, async () => {
        const refused = await arena.attacker.sql('select pg_advisory_lock(1)').expect(400);
        expect(refused.body.error.sqlstate).toBe('42501');
        return bomb(`do $$ begin for n in 1..1000000 loop
          perform pg_advisory_lock(n); end loop; end $$`);
      }));

    it('tables made by the thousand, the lock table', (context) =>
      arena.beside(context, () =>
        bomb(`do $$ begin for n in 1..100000 loop
          execute format('create table bomb_%s_%s ()', pg_backend_pid(), n); end loop; end $$`),
      ));

    it('locks on a thousand partitions and their indexes, the lock table', (context) =>
      arena.beside(context, async () => {
        await prepare('create table parted (n int primary key) partition by range (n)');
        for (let from = 0; from < 400; from += 100) {
          await arena.attacker.sql(`do $$ begin for n in ${from}..${from + 99} loop execute format(
            'create table part_%s partition of parted for values from (%s) to (%s)', n, n, n + 1);
            end loop; end $$`);
        }
        return bomb('select count(*) from parted', 'select pg_sleep(0.3)');
      }));

    it('large objects by the thousand, the lock table', (context) =>
      arena.beside(context, async () => {
        const make = 'select count(lo_create(0)) from generate_series(1, 2000)';
        const made = [
          ...(await atOnce(10, () => arena.attacker.sql(make))),
          ...(await atOnce(10, () => arena.attacker.sql(make))),
        ];
        let share = 0;
        const removed = await atOnce(10, () =>
          arena.attacker.sql({
            queries: [
              {
                query: `select count(lo_unlink(oid)) from pg_largeobject_metadata
                  where oid::int8 % 10 = ${share++}`,
              },
              { query: 'select pg_sleep(0.3)' },
            ],
          }),
        );
        return `made: ${outcomesOfBomb(made)}; removed: ${outcomesOfBomb(removed)}`;
      }));

    it('predicate locks of serializable transactions, the table of those', (context) =>
      arena.beside(context, async () => {
        await prepare('create table watched as select n from generate_series(1, 20000) as n');
        await prepare('create index on watched (n)');
        return bomb(
          'set transaction isolation level serializable',
          'set enable_seqscan = off',
          'select count(w.n) from generate_series(1, 20000) as g cross join lateral ' +
            '(select n from watched where n = g) as w',
          'select pg_sleep(0.2)',
        );
      }));

    it('notifications, the queue that all databases share', (context) =>
      arena.beside(context, async () => {
        const listener = await directLogin(server, arena.attacker);
        onTestFinished(() => listener.end().catch(() => undefined));
        await listener.query('listen flood');
        await listener.query('begin');
        return bomb(`do $$ begin for n in 1..20000 loop
          execute format('notify flood, %L', n || repeat('x', 7000)); end loop; end $$`);
      }));

    it('WAL that costs no space of its own', (context) =>
      arena.beside(context, async () => {
        const refused = await arena.attacker.sql(
          `select pg_logical_emit_message(false, 'x', repeat('x', 100000))`,
        );
        expect(refused.body.error.sqlstate).toBe('42501');
        await prepare(
          'create table churned as select n, repeat(md5(n::text), 10) as t from generate_series(1, 5000) as n',
        );
        return bomb('update churned set n = n + 1', 'select 1 / 0');
      }));

    it('writing to the server’s log', (context) =>
      arena.beside(context, async () => {
        const before = await serverLogBytes();
        const outcome = await bomb(`do $$ begin
          loop raise log '%', repeat('x', 8000); raise warning 'x'; end loop; end $$`);
        for (let n = 0; n < 50; n++) await arena.attacker.sql(`select '${'x'.repeat(5000)}'::int`);
        const grown = (await serverLogBytes()) - before;
        expect(grown).toBeLessThan(200_000);
        return `${outcome}; the log grew by ${grown} bytes`;
      }));

    it('settings of its role in a loop, catalogs that every login reads', (context) =>
      arena.beside(context, () =>
        bomb(
          'set role none',
          `do $$ begin for n in 1..1000000 loop
          execute format('alter role %I set application_name = %L', session_user, n);
          end loop; end $$`,
        ),
      ));

    it('subtransactions by the hundred thousand, the caches of transactions', (context) =>
      arena.beside(context, async () => {
        await prepare('create table subbed (n int)');
        return bomb(`do $$ begin for n in 1..1000000 loop
          begin insert into subbed values (n); exception when division_by_zero then null; end;
          end loop; end $$`);
      }));

    it('tables made and dropped in a loop, the invalidations that all sessions read', (context) =>
      arena.beside(context, () =>
        bomb(`do $$ begin for n in 1..100000 loop
          execute format('create table churn_%s (n int primary key)', pg_backend_pid());
          execute format('drop table churn_%s', pg_backend_pid()); end loop; end $$`),
      ));

    it('grants by the thousand, the shared catalog of who depends on whom', (context) =>
      arena.beside(context, async () => {
        await prepare('create table granted (n int)');
        return bomb(`do $$ declare role name; begin
          for role in select rolname from pg_roles where rolname like 'd\\_%' loop
            execute format('grant all on granted to %I', role);
          end loop; end $$`);
      }));

    it('prepared transactions, which would outlive every limit', (context) =>
      arena.beside(context, async () => {
        const plain = await arena.attacker.sql(`prepare transaction 'mine'`);
        expect(plain.status).toBe(400);
        const hidden = await arena.attacker.sql(
          `do $$ begin execute 'prepare transaction ''mine'''; end $$`,
        );
        expect(hidden.status).toBe(400);
        const [setting] = await asSuperuser(server.adminUrl, 'show max_prepared_transactions');
        expect(setting).toEqual({ max_prepared_transactions: '0' });
        return briefly(plain);
      }));
  });
});
