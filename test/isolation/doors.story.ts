import { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { physicalName } from '../support/customer';
import { asSuperuser } from '../support/cluster-objects';
import { directLogin } from '../support/direct-login';

onEachServer((server) => {
  const arena = new Arena(server);
  let own: string;
  let theirs: string;

  beforeAll(async () => {
    own = await physicalName(server, arena.attacker);
    theirs = await physicalName(server, arena.victim.database);
  });

  const enter = (database: string, user = own) => {
    const { hostname, port } = new URL(server.adminUrl);
    return new Client({ host: hostname, port: Number(port), user, password: 'known', database });
  };

  const setOwnPassword = () =>
    arena.attacker.sql({
      queries: [{ query: 'set role none' }, { query: `alter role ${own} password 'known'` }],
    });

  describe('A password that a tenant sets itself', () => {
    it('opens no database but its own, over the wire too', (context) =>
      arena.beside(context, async () => {
        await setOwnPassword();
        for (const database of [theirs, 'postgres', 'template1', 'template0']) {
          await expect(enter(database).connect(), database).rejects.toThrow(
            /pg_hba|permission denied|not accepting connections/,
          );
        }
        for (const user of [theirs, 'postgres', 'tenant_op', 'howdah_reaper']) {
          await expect(enter(own, user).connect(), user).rejects.toThrow(
            /password authentication failed|pg_hba/,
          );
        }
        return 'refused at every door';
      }));

    it('does not lock the gateway out: it is healed', (context) =>
      arena.beside(context, async () => {
        await setOwnPassword();
        await asSuperuser(
          server.adminUrl,
          `select pg_terminate_backend(pid) from pg_stat_activity where usename = $1`,
          [own],
        );
        await expect
          .poll(async () => (await arena.attacker.sql('select 1')).status, { timeout: 15_000 })
          .toBe(200);
        await expect(enter(own).connect()).rejects.toThrow(/password authentication failed/);
        return 'healed, and the password is the derived one again';
      }));

    it('opens no more sessions than the plan allows, and none of its neighbour’s', (context) =>
      arena.beside(context, async () => {
        const sessions: Client[] = [];
        const refusal = await (async () => {
          for (;;) sessions.push(await directLogin(server, arena.attacker));
        })().catch((error: Error & { code?: string }) => error);
        const opened = sessions.length;
        await Promise.all(sessions.map((session) => session.end()));
        expect(refusal.code).toBe('53300');
        expect(opened).toBeLessThanOrEqual(30);
        return `${opened} sessions, then: ${refusal.message}`;
      }));
  });

  describe('What every database has', () => {
    it('is owned by the operator, not by the tenant', async () => {
      const owners = await asSuperuser(
        server.adminUrl,
        `select distinct pg_get_userbyid(datdba) as owner from pg_database where datname ~ '^d_'`,
      );
      expect(owners).toEqual([{ owner: 'tenant_op' }]);
    });

    it('are the same doors for each', async () => {
      const rows = await asSuperuser<{ acl: string }>(
        server.adminUrl,
        `select distinct regexp_replace(replace(datacl::text, datname, 'NAME'), 'o_f_[a-z2-7]{16}', 'OWNERS') as acl
         from pg_database where datname = any($1)`,
        [[own, theirs]],
      );
      const acl =
        '{tenant_op=CTc/tenant_op,OWNERS=CTc/tenant_op,' +
        'NAME_w=Tc/tenant_op,NAME=c/tenant_op,NAME_r=c/tenant_op}';
      expect(rows).toEqual([{ acl }]);
    });

    it('still works as Postgres does: extensions, JSON, NOTIFY, information_schema', async () => {
      const { database } = arena.victim;
      await database.rows('create extension pgcrypto');
      await database.rows('select count(*) from information_schema.tables');
      await database.sql(`notify news, 'hello'`).expect(200);
      const rows = await database.rows(`select jsonb_path_query('{"a": 1}', '$.a') as a`);
      expect(rows).toEqual([{ a: 1 }]);
    });

    it('has nobody on its cluster who became superuser', async () => {
      const rows = await asSuperuser(
        server.adminUrl,
        `select rolname from pg_roles where rolsuper and rolname <> 'postgres'`,
      );
      expect(rows).toEqual([]);
    });
  });
});
