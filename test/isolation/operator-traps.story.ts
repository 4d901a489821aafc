import { Client } from 'pg';
import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, inControl, ownersView, physicalName } from '../support/customer';
import { lift, suspend } from '../support/operator';
import { giveNumbers, PLENTY } from '../support/plans';
import { counted } from '../support/quota';
import { startupOptions, WRITING } from '../support/startup-options';
import { SPRING, TRAPS } from '../support/traps';

const SLOWLY = { timeout: 20_000, interval: 100 };

onEachServer((server) => {
  const arena = new Arena(server);
  let name: string;
  let db: CustomerDatabase;

  beforeAll(async () => {
    db = arena.attacker;
    name = await physicalName(server, db);
    await db.rows('create table ballast (n int)');
    for (const query of SPRING) await db.rows(query.replaceAll('OWN', name));
  });

  /** Nobody became superuser, and no trap left its role. */
  async function nothingSprang(): Promise<void> {
    const sprung = await asSuperuser(
      server.adminUrl,
      `select rolname from pg_roles
       where (rolsuper and rolname <> 'postgres') or rolname like 'trapped%'`,
    );
    expect(sprung).toEqual([]);
  }

  const measuredAgain = async () => {
    const before = (await ownersView(db)).storage.measuredAt;
    await db.rows('insert into ballast select generate_series(1, 1500)');
    await expect
      .poll(async () => (await counted(db)) && (await ownersView(db)).storage.measuredAt, SLOWLY)
      .not.toBe(before);
  };

  const asOwner = (method: 'post' | 'delete', path: string) =>
    request(server.gatewayUrl)[method](path).set('authorization', `Bearer ${db.owner.token}`);

  describe('Traps that a tenant plants for a superuser', () => {
    it('are planted', async () => {
      let refused = 0;
      for (const trap of TRAPS) {
        const answer = await db.sql(trap.replaceAll('OWN', name));
        if (answer.status !== 200) refused++;
      }
      expect(refused).toBeLessThan(TRAPS.length / 4);
    });

    it('do spring under a superuser who is careless', async () => {
      const url = new URL(server.adminUrl);
      url.pathname = `/${name}`;
      const options = startupOptions(WRITING);
      const careless = new Client({ connectionString: url.href, options });
      await careless.connect();
      const touches = [
        `select lower('x'::varchar)`,
        'select * from public.pg_class limit 1',
        'delete from howdah.requests',
        'select * from everything',
      ];
      for (const touch of touches) {
        await careless.query('begin');
        await careless.query(touch);
        const { rows } = await careless.query(
          `select 1 from pg_catalog.pg_roles where rolname = $1 and rolsuper`,
          [name],
        );
        await careless.query('rollback');
        expect(rows, touch).toHaveLength(1);
      }
      await careless.end();
    });

    it.for<[string, () => Promise<string>]>([
      [
        'measures its size and counts its objects',
        async () => {
          await measuredAgain();
          return 'measured';
        },
      ],
      [
        'reclaims its space',
        async () => {
          await asOwner('post', `${db.path}/reclaim`).expect(202);
          await expect
            .poll(async () => (await ownersView(db)).storage.reclaiming, { timeout: 20_000 })
            .toBe(false);
          return (await ownersView(db)).state;
        },
      ],
      [
        'heals its logins',
        async () => {
          const queries = [
            { query: 'set role none' },
            { query: `alter role ${name} password 'x'` },
          ];
          await db.sql({ queries }).expect(200);
          await asSuperuser(
            server.adminUrl,
            'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1',
            [name],
          );
          await expect
            .poll(async () => (await db.sql('select 1')).status, { timeout: 15_000 })
            .toBe(200);
          return 'healed';
        },
      ],
      [
        'follows its change of plan',
        async () => {
          await giveNumbers(server.controlUrl, db, 'wider', {
            ...PLENTY,
            requests_per_minute: 800_000,
            concurrency_max: 7,
          });
          await measuredAgain();
          return 'on another plan';
        },
      ],
      [
        'vacuums and analyzes it',
        async () => {
          await db.rows('update public.bait set n = n + 1');
          const analyzed = async () =>
            (await counted(db)) &&
            asSuperuser(
              server.adminUrl,
              `select 1 from pg_stat_user_tables
               where relname = 'bait' and last_autoanalyze > now() - interval '20 seconds'`,
              [],
              name,
            );
          await expect.poll(analyzed, SLOWLY).toHaveLength(1);
          return 'by autovacuum';
        },
      ],
      [
        'suspends it and lifts that',
        async () => {
          await suspend(db, `it's "quoted"; alter role ${name} superuser`).expect(202);
          await db.becomes('suspended');
          await lift(db).expect(202);
          await db.becomes('ready');
          return 'suspended and lifted';
        },
      ],
      [
        'deletes it and drops what is left of it',
        async () => {
          await asOwner('delete', db.path).expect(202);
          await db.becomes('deleted');
          await inControl(
            server.controlUrl,
            'update snapshot set expires_at = now() where database_id = $1',
            [db.id],
          );
          const left = () =>
            inControl(server.controlUrl, 'select 1 from snapshot where database_id = $1', [db.id]);
          await expect.poll(left, { timeout: 20_000 }).toEqual([]);
          return 'dropped';
        },
      ],
    ])('do not spring when the control plane %s', ([, operate], context) =>
      arena.beside(context, async () => {
        const outcome = await operate();
        await nothingSprang();
        return `${outcome}; nobody became superuser`;
      }),
    );
  });
});
