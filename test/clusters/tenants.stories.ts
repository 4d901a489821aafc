import type { Tenant } from '@howdah/clusters';
import { tenantRoles } from '@howdah/kernel';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterUnderTest, Stories } from './servers';

export const tenants: Stories = (started) => {
  describe.sequential('Tenants', () => {
    let on: ClusterUnderTest;

    beforeAll(() => {
      on = started();
    });

    it('own what they make, and their other logins have rows of it alone', async () => {
      const tenant = await on.newTenant();
      await on.as(tenant, 'create table t (n int)', 'insert into t values (1)');
      const reader = await on.logIn(tenant, 'read');
      expect((await reader.query('select n from t')).rows).toEqual([{ n: 1 }]);
      await expect(reader.query('insert into t values (2)')).rejects.toMatchObject({
        code: '42501',
      });
      await reader.end();
      const writer = await on.logIn(tenant, 'write');
      await writer.query('insert into t values (2)');
      await writer.query(`insert into howdah.requests (key, fingerprint) values ('k', '')`);
      await expect(writer.query('create table u ()')).rejects.toMatchObject({ code: '42501' });
      await writer.end();
    });

    it('may not alter their database, become the operator, or enter one of somebody else', async () => {
      const tenant = await on.newTenant();
      const other = await on.newTenant();
      const client = await on.logIn(tenant);
      for (const sql of [
        `alter database ${tenant.name} is_template true`,
        `alter database ${tenant.name} connection limit 1000`,
        'set role tenant_op',
        'set role m',
        `set role ${other.name}`,
        'create database another',
      ]) {
        await expect(client.query(sql), sql).rejects.toMatchObject({
          code: expect.stringMatching(/42501|42704|22023/),
        });
      }
      await client.end();
      for (const login of ['admin', 'write', 'read'] as const) {
        await expect(on.logIn(tenant, login, other.name)).rejects.toMatchObject({
          code: expect.stringMatching(/28000|42501/),
        });
      }
    });

    it('are made again over what is there, whatever their tenant has dropped or changed', async () => {
      const tenant = await on.newTenant();
      await on.as(
        tenant,
        'drop schema public cascade',
        'drop schema howdah cascade',
        'set role none',
        `alter role current_user set search_path = 'elsewhere'`,
      );
      for (const step of [
        'createRoles',
        'createDatabase',
        'grantDatabase',
        'prepareSchema',
      ] as const) {
        await on.cluster[step](tenant);
      }
      await on.cluster.openLogins(tenant);
      const [owner] = await on.look(
        `select string_agg(distinct relowner::regrole::text, ',') as owners,
         (select nspowner::regrole::text from pg_namespace where nspname = 'public') as public
       from pg_class where relnamespace = 'howdah'::regnamespace`,
        [],
        tenant.name,
      );
      expect(owner).toEqual({ owners: `o_${tenant.family}`, public: `o_${tenant.family}` });
      const settings = await on.look(
        `select unnest(setconfig) as setting from pg_db_role_setting where setrole = $1::regrole`,
        [tenant.name],
      );
      expect(settings.map(({ setting }) => setting)).not.toContain('search_path=elsewhere');
    });

    it('that set their own passwords are healed, and let in once more', async () => {
      const tenant = await on.newTenant();
      await on.as(tenant, 'set role none', `alter role current_user password 'mine'`);
      await expect(on.logIn(tenant)).rejects.toMatchObject({ code: '28P01' });
      await on.cluster.healLogins(tenant);
      await on.as(tenant, 'select 1');
      await on.cluster.setConnectionLimit(tenant, 1);
      const only = await on.logIn(tenant);
      await expect(on.logIn(tenant)).rejects.toMatchObject({ code: '53300' });
      await only.end();
    });

    it('that are suspended are out at once and cannot be healed back in', async () => {
      const tenant = await on.newTenant();
      const inside = await on.logIn(tenant, 'write');
      const ended = new Promise((resolve) => inside.once('end', resolve));
      await on.cluster.suspend(tenant);
      await ended;
      await on.cluster.healLogins(tenant);
      for (const login of ['admin', 'write', 'read'] as const) {
        await expect(on.logIn(tenant, login)).rejects.toMatchObject({ code: '28000' });
      }
      await on.cluster.suspend(tenant);
      await on.cluster.openLogins(tenant);
      await on.as(tenant, 'select 1');
    });

    it('that change their own role without pause are suspended all the same', async () => {
      const tenant = await on.newTenant();
      const defying = await Promise.all([1, 2, 3].map(() => defy(tenant)));
      await on.cluster.suspend(tenant);
      await Promise.all(defying.map(({ stopped }) => stopped));
      const [role] = await on.look('select rolcanlogin from pg_roles where rolname = $1', [
        tenant.name,
      ]);
      expect(role).toEqual({ rolcanlogin: false });
    });

    it('are closed and dropped, with all that names them elsewhere', async () => {
      const tenant = await on.newTenant();
      const other = await on.newTenant();
      await on.as(tenant, 'create table t (n int)');
      await on.as(other, 'create table pin (n int)', `grant select on pin to ${tenant.name}`);
      const inside = await on.logIn(tenant);
      await on.cluster.close(tenant);
      await expect(inside.query('select 1')).rejects.toThrow();
      await expect(on.logIn(tenant)).rejects.toThrow();
      expect(await on.cluster.drop(tenant, { keepFamily: false })).toEqual([]);
      expect(await on.cluster.drop(tenant, { keepFamily: false })).toEqual([]);
      const names = Object.values(tenantRoles(tenant.name, tenant.family));
      expect(
        await on.look('select rolname from pg_roles where rolname = any ($1)', [names]),
      ).toEqual([]);
      await on.as(other, 'select * from pin');
    });

    it('are dropped with a session inside', async () => {
      const tenant = await on.newTenant();
      await on.logIn(tenant);
      expect(await on.cluster.drop(tenant, { keepFamily: false })).toEqual([]);
    });

    it('find the cluster prepared again, and only one template on it', async () => {
      await on.cluster.prepare();
      await on.newTenant();
      expect(
        await on.look(`select datname from pg_database where datname ~ '^tmpl_'`),
      ).toHaveLength(1);
    });

    /** Changes its own role in a loop until it is ended; returns when the loop runs. */
    async function defy(tenant: Tenant): Promise<{ stopped: Promise<void> }> {
      const client = await on.logIn(tenant);
      await client.query('set role none');
      let changes = 0;
      const loop = async () => {
        for (;;) {
          try {
            await client.query(`alter role current_user set work_mem = '${1000 + changes}kB'`);
            changes++;
          } catch (error) {
            if (!/concurrently updated/.test((error as Error).message)) return;
          }
        }
      };
      const stopped = loop();
      while (changes === 0) await sleep(5);
      return { stopped };
    }
  });
};
