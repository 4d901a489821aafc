import { Cluster, CREATION_STEPS, type Tenant } from '@howdah/clusters';
import { clusterSecret, randomName } from '@howdah/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { closednessOf } from '../support/closedness';
import { asSuperuser } from '../support/cluster-objects';
import { enter, type Place, placeOf } from '../support/direct-login';
import { CLUSTER_SECRET } from '../support/stack';

const LOGINS = ['admin', 'write', 'read'] as const;
const SHUT = { code: expect.stringMatching(/^(28000|42501|53300)$/) };

/** What a tenant opens in its database as far as it may, before the database is copied. */
const OPENED = [
  'create table t as select n from generate_series(1, 100) as n',
  'grant all on t to public',
  'alter default privileges grant all on tables to public',
  'create schema open_to_all',
  'grant all on schema open_to_all to public',
  `create function climb() returns void language plpgsql security definer as
     $$ begin execute 'alter role tenant_op superuser'; end $$`,
];

/** What the template takes away and the owner of a database could give back, were it the tenant. */
const CLOSED: [string, string][] = [
  ['advisory locks', 'select pg_advisory_lock(1)'],
  ['messages in the WAL', `select pg_logical_emit_message(false, 'x', 'y')`],
  ['notifications by function', `select pg_notify('x', 'y')`],
  ['the sessions of others', 'select * from pg_stat_activity'],
  ['the locks of others', 'select * from pg_locks'],
  ['the state of the cluster', 'select * from pg_control_system()'],
  ['giving them back', 'grant execute on function pg_advisory_lock(bigint) to current_user'],
  [
    'making it a template',
    `do $$ begin
     execute format('alter database %I is_template true', current_database()); end $$`,
  ],
  [
    'taking its limits away',
    `do $$ begin
     execute format('alter database %I reset all', current_database()); end $$`,
  ],
  ['climbing with rights it was copied with', 'select climb()'],
];

/** Made as a provisioner makes one; the control plane has no row of it. */
onEachServer((server) => {
  const arena = new Arena(server);
  let cluster: Cluster;
  let source: Place;
  let victim: Place;
  let fork: Tenant & Place;

  beforeAll(async () => {
    for (const query of OPENED) await arena.attacker.rows(query);
    source = await placeOf(server, arena.attacker);
    victim = await placeOf(server, arena.victim.database);
    fork = {
      ...source,
      name: randomName('d'),
      source: source.name,
      ...(await connectionsOf(source)),
    };
    const secret = clusterSecret(CLUSTER_SECRET, source.clusterId);
    cluster = new Cluster({ id: source.clusterId, adminUrl: server.adminUrl, secret });
  });
  afterAll(() => cluster.end());

  const closedness = (place: Place) => closednessOf(server.adminUrl, place);

  /** A database is copied only while nobody is in it, neither its gateway nor who measures it. */
  const emptySource = () =>
    asSuperuser(
      server.adminUrl,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [source.name],
    );

  const connectionsOf = async ({ name }: Place) => {
    const [login] = await asSuperuser<{ connectionsMax: number }>(
      server.adminUrl,
      'select rolconnlimit as "connectionsMax" from pg_roles where rolname = $1',
      [name],
    );
    return login!;
  };

  const rowsOf = ({ name }: Place) =>
    asSuperuser(
      server.adminUrl,
      'select count(*)::int as rows, sum(n)::int as sum from public.t',
      [],
      name,
    );

  const isShutTo = async (who: Place, where: Place) => {
    for (const login of LOGINS) {
      await expect(
        enter(server, who, login, where.name),
        `${login} of ${who.name} in ${where.name}`,
      ).rejects.toMatchObject(SHUT);
    }
  };

  describe('A fork of an attacker’s database', () => {
    it('is open to nobody else at any step of its making', (context) =>
      arena.beside(context, async () => {
        for (const step of CREATION_STEPS) {
          if (step.name === 'database') await emptySource();
          await step.run(cluster, fork);
          if (step.name === 'roles') continue;
          for (const stranger of [source, victim]) await isShutTo(stranger, fork);
        }
        expect(await rowsOf(fork)).toEqual([{ rows: 100, sum: 5_050 }]);
        return `${CREATION_STEPS.length} steps, shut to its source and the victim after each`;
      }));

    it('has the owner, privileges, settings and revokes of its source', (context) =>
      arena.beside(context, async () => {
        const found = await closedness(fork);
        expect(found).toEqual(await closedness(source));
        expect(found).toMatchObject({ owner: 'tenant_op', admits: true, template: false });
        return `equal in ${Object.keys(found as object).length} parts`;
      }));

    it.for(CLOSED)('refuses its owner %s', ([, attack], context) =>
      arena.beside(
        context,
        async () => {
          const session = await enter(server, fork);
          await expect(session.query(attack).finally(() => session.end())).rejects.toMatchObject({
            code: '42501',
          });
          return '42501';
        },
        { atLeastMs: 50 },
      ),
    );

    it('lets its logins into neither its source nor the victim’s database', (context) =>
      arena.beside(context, async () => {
        for (const login of LOGINS) await (await enter(server, fork, login)).end();
        for (const where of [source, victim]) await isShutTo(fork, where);
        return 'three logins refused in both, admitted in their own';
      }));

    it('leaves its source as it was when it is changed and dropped', (context) =>
      arena.beside(context, async () => {
        const before = [await closedness(source), await rowsOf(source)];
        const session = await enter(server, fork);
        await session.query('drop table t; drop schema public cascade');
        await session.end();
        await cluster.close(fork);
        expect(await cluster.drop(fork, { keepFamily: true })).toEqual([]);
        expect([await closedness(source), await rowsOf(source)]).toEqual(before);
        await arena.attacker.rows('insert into t values (0)');
        return 'dropped; its source is as before, and written to';
      }));
  });
});
