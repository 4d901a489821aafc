import type { Tenant } from '@howdah/clusters';
import type { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterUnderTest, Stories } from './servers';

const bytes = (letter: string) => Buffer.alloc(32, letter).toString('base64');

/** A stored password that Postgres takes some eight seconds to look at; before 18 nothing ends that. */
const SLOW_VERIFIER = `SCRAM-SHA-256$9000000:${bytes('s')}$${bytes('k')}:${bytes('v')}`;

export const contention: Stories = (started) => {
  describe.sequential('Tenants that hold on to their own roles', () => {
    let on: ClusterUnderTest;

    beforeAll(() => {
      on = started();
    });

    it('in a transaction that they leave open, hold up nobody else', async () => {
      const other = await on.newTenant();
      const { client, ended } = await holding(await on.newTenant());
      await on.newTenant();
      await on.cluster.healLogins(other);
      await on.cluster.setConnectionLimit(other, 7);
      await on.cluster.suspend(other);
      await on.cluster.close(other);
      expect(await on.cluster.drop(other, { keepFamily: false })).toEqual([]);
      await client.query('select 1');
      await client.end();
      await ended;
    });

    it('in a transaction that they leave open, are healed by its end', async () => {
      const tenant = await on.newTenant();
      const { ended } = await holding(tenant);
      await on.cluster.healLogins(tenant);
      await ended;
      await on.as(tenant, 'select 1');
      const { ended: again } = await holding(tenant);
      await on.cluster.setConnectionLimit(tenant, 7);
      await again;
      expect(await roleOf(tenant)).toEqual({ enters: true, connections: 7 });
    });

    it('in a transaction that they leave open, are suspended all the same, and closed', async () => {
      const tenant = await on.newTenant();
      const { ended } = await holding(tenant);
      await on.cluster.suspend(tenant);
      await ended;
      expect(await roleOf(tenant)).toMatchObject({ enters: false });
      expect(await doorOf(tenant)).toEqual({ admits: true, connections: -1 });
      await on.cluster.openLogins(tenant);
      const { ended: again } = await holding(tenant);
      await on.cluster.close(tenant);
      await again;
      expect(await roleOf(tenant)).toMatchObject({ enters: false });
    });

    it('without pause, and come back whenever they are ended, are suspended all the same', async () => {
      const tenant = await on.newTenant();
      const defying = await Promise.all([1, 2, 3].map(() => defy(tenant)));
      await on.cluster.suspend(tenant);
      await Promise.all(defying.map(({ stopped }) => stopped));
      await expect(on.logIn(tenant)).rejects.toMatchObject({ code: REFUSED });
      await on.cluster.openLogins(tenant);
      await on.as(tenant, 'select 1');
    });

    it('where no signal is heard, hold up nobody else and are shut out at once', async () => {
      const [tenant, other] = [await on.newTenant(), await on.newTenant()];
      const { client, ended } = await holding(tenant);
      client.query(`alter role current_user password '${SLOW_VERIFIER}'`).catch(() => undefined);
      await on.newTenant();
      await on.cluster.healLogins(other);
      await on.cluster.suspend(other);
      await on.cluster.suspend(tenant);
      await expect(on.logIn(tenant, 'write')).rejects.toMatchObject({ code: REFUSED });
      await ended;
      await on.cluster.openLogins(tenant);
      expect(await doorOf(tenant)).toEqual({ admits: true, connections: -1 });
      await on.as(tenant, 'select 1');
    });

    /** A session that has changed its role's settings and its password, and does not commit. */
    async function holding(tenant: Tenant): Promise<{ client: Client; ended: Promise<unknown> }> {
      const client = await on.logIn(tenant);
      const ended = new Promise((resolve) => client.once('end', resolve));
      await client.query('set role none');
      await client.query('begin');
      await client.query(`alter role current_user set application_name = 'mine'`);
      await client.query(`alter role current_user password 'mine'`);
      return { client, ended };
    }

    /** Changes its own role in a loop until it is not let in any more; returns when the loop runs. */
    async function defy(tenant: Tenant): Promise<{ stopped: Promise<void> }> {
      let began!: () => void;
      const begun = new Promise<void>((resolve) => (began = resolve));
      const loop = async () => {
        for (let change = 0; ;) {
          const client = await on.logIn(tenant).catch(() => undefined);
          if (!client) return;
          await client.query('set role none').catch(() => undefined);
          for (let inside = true; inside; change++) {
            await client
              .query(`alter role current_user set work_mem = '${1000 + change}kB'`)
              .then(began, (error: Error) => (inside = /concurrently updated/.test(error.message)));
          }
          await client.end().catch(() => undefined);
        }
      };
      const stopped = loop();
      await begun;
      return { stopped };
    }

    async function roleOf({ name }: Tenant): Promise<unknown> {
      const [role] = await on.look(
        'select rolcanlogin as enters, rolconnlimit as connections from pg_roles where rolname = $1',
        [name],
      );
      return role;
    }

    async function doorOf({ name }: Tenant): Promise<unknown> {
      const [database] = await on.look(
        'select datallowconn as admits, datconnlimit as connections from pg_database where datname = $1',
        [name],
      );
      return database;
    }
  });
};

/** No such login, or no connection for it. */
const REFUSED = expect.stringMatching(/28000|53300/);
