import type { OverdueBackend, Reaper, Tenant } from '@howdah/clusters';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterUnderTest, Stories } from './servers';
import { until } from './until';

async function pidOf(client: Client): Promise<number> {
  return (await client.query('select pg_backend_pid() as pid')).rows[0].pid;
}

export const reaping: Stories = (started, kind) => {
  describe.sequential('The reaper', () => {
    let on: ClusterUnderTest;
    let reaper: Reaper;

    beforeAll(() => {
      on = started();
      reaper = on.cluster.reaper();
    });
    afterAll(() => reaper.end());

    /** Starts a statement that does not end by itself, and waits until it is overdue. */
    async function overdue(
      tenant: Tenant,
      sql: string,
      ageMs = 300,
    ): Promise<{ backend: OverdueBackend; ended: Promise<unknown> }> {
      const client = await on.logIn(tenant);
      const pid = await pidOf(client);
      const ended = new Promise((resolve) => client.once('end', resolve));
      void client.query(sql).catch(() => undefined);
      const backend = await until(async () =>
        (await reaper.overdue(ageMs)).find((one) => one.pid === pid),
      );
      return { backend, ended };
    }

    it.each([
      ['a statement', 'select pg_sleep(600)', 'active'],
      ['a transaction without a statement', 'begin', 'idle in transaction'],
      [
        'a procedure that commits in a loop',
        'do $$ begin loop perform pg_sleep(0.01); commit; end loop; end $$',
        'active',
      ],
      [
        'code that swallows its cancellation',
        `do $$ begin loop begin perform pg_sleep(600); exception when query_canceled then null; end; end loop; end $$`,
        'active',
      ],
    ])('sees %s that takes too long, and ends it', async (_, sql, state) => {
      const tenant = await on.newTenant();
      const { backend, ended } = await overdue(tenant, sql);
      expect(backend).toMatchObject({ database: tenant.name, role: tenant.name, state });
      expect(backend.ageMs).toBeGreaterThan(300);
      await reaper.terminate([backend]);
      await ended;
    });

    it('leaves alone who is idle, younger, or no tenant', async () => {
      const tenant = await on.newTenant();
      const idle = await on.logIn(tenant);
      await idle.query('select 1');
      const operator = on.look('select pg_sleep(2)');
      const { backend } = await overdue(tenant, 'select pg_sleep(600)', 1_000);
      expect((await reaper.overdue(1_000)).map(({ pid }) => pid)).toEqual([backend.pid]);
      expect(await reaper.overdue(60_000)).toEqual([]);
      await operator;
      await reaper.terminate([backend]);
      await idle.query('select 1');
      await idle.end();
    });

    it('ends the very backend that it saw, and nobody of the operator’s', async () => {
      const tenant = await on.newTenant();
      const { backend, ended } = await overdue(tenant, 'select pg_sleep(600)');
      await reaper.terminate([{ ...backend, startedAt: '2020-01-01 00:00:00+00' }]);
      const others = await on.look<{ pid: number; startedAt: string }>(
        `select pid, backend_start::text as "startedAt" from pg_stat_activity
       where pid <> pg_backend_pid() and (usename is null or usename !~ '^d_')`,
      );
      expect(others.length).toBeGreaterThan(3);
      await reaper.terminate(others);
      expect((await reaper.overdue(300)).map(({ pid }) => pid)).toEqual([backend.pid]);
      expect(
        await on.look('select from pg_stat_activity where pid = any ($1)', [
          others.map(({ pid }) => pid),
        ]),
      ).toHaveLength(others.length);
      await reaper.terminate([backend]);
      await ended;
    });

    it('is not fooled by a tenant that takes the lock of those who reclaim', async () => {
      const tenant = await on.newTenant();
      const { backend, ended } = await overdue(tenant, 'select pg_sleep(600)');
      // Only a managed cluster's home database may be open to tenants.
      const home = await on.logIn(tenant, 'write', 'postgres').catch(() => undefined);
      expect(home !== undefined).toBe(kind.admin === 'creator');
      await home?.query('select pg_advisory_lock($1, $2)', [0x7265636c, backend.pid]);
      expect((await reaper.overdue(300)).map(({ pid }) => pid)).toContain(backend.pid);
      await home?.end();
      await reaper.terminate([backend]);
      await ended;
    });

    it('comes back by itself when its session is ended', async () => {
      await reaper.overdue(1_000);
      const ended = () =>
        on.look(
          `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'howdah_reaper'`,
        );
      expect(await ended()).toHaveLength(1);
      // The call that finds out may fail; the next may not.
      await reaper.overdue(1_000).catch(() => undefined);
      await until(() => reaper.overdue(1_000).catch(() => undefined));
      expect(await ended()).toHaveLength(1);
    });
  });
};

export const reclaiming: Stories = (started) => {
  describe.sequential('Reclaiming in full', () => {
    it('is spared by the reaper, and ended where an index never ends', async () => {
      const on = started();
      const reaper = on.cluster.reaper();
      const tenant = await on.newTenant();
      await on.as(
        tenant,
        'create table t (n int)',
        'insert into t values (1)',
        'create function f(n int) returns int language sql immutable as $$ select n $$',
        'create index on t (f(n))',
        `create or replace function f(n int) returns int language plpgsql immutable as $$ begin
         loop begin perform pg_sleep(600); exception when query_canceled then null; end; end loop;
       end $$`,
      );
      let done = false;
      const reclaiming = on.cluster.reclaim(tenant, { full: true }).then(() => (done = true));
      const working = () =>
        on.look(
          `select from pg_stat_activity where usename = $1 and query ~ '^VACUUM'
        and query_start < now() - interval '1 s'`,
          [tenant.name],
        );
      await until(async () => (done || (await working()).length > 0 ? true : undefined));
      expect(done).toBe(false);
      expect(await reaper.overdue(500)).toEqual([]);
      expect(done).toBe(false);
      await reclaiming;
      expect(await working()).toEqual([]);
      await reaper.end();
    });
  });
};

export const autovacuum: Stories = (started) => {
  describe.sequential('An autovacuum worker', () => {
    let on: ClusterUnderTest;

    beforeAll(async () => {
      on = started();
      await on.look("alter system set autovacuum_naptime = '1s'");
      await on.look('alter system set autovacuum = on');
      await on.look('select pg_reload_conf()');
    });
    afterAll(async () => {
      await on.look('alter system reset all');
      await on.look('select pg_reload_conf()');
    });

    it('that an index expression keeps is seen and ended', async () => {
      const reaper = on.cluster.reaper();
      const tenant = await on.newTenant();
      await on.as(
        tenant,
        'create table t (n int)',
        'create function f(n int) returns int language sql immutable as $$ select n $$',
        'create index on t (f(n))',
        'insert into t select generate_series(1, 1000)',
        `create or replace function f(n int) returns int language plpgsql immutable as $$ begin
           loop perform pg_sleep(1); end loop; end $$`,
      );
      const worker = await until(async () =>
        (await reaper.analyzing()).find(({ database }) => database === tenant.name),
      );
      const [table] = await on.look<{ oid: number }>(
        `select 't'::regclass::oid as oid`,
        [],
        tenant.name,
      );
      expect(worker.relation).toBe(table!.oid);
      await reaper.terminate([worker]);
      await until(async () =>
        (await reaper.analyzing()).some(({ pid }) => pid === worker.pid) ? undefined : true,
      );
      await reaper.end();
    });
  });
};
