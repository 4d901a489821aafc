import type { Tenant } from '@howdah/clusters';
import { randomName } from '@howdah/kernel';
import { beforeAll, describe, expect, it } from 'vitest';
import { closednessOf } from '../support/closedness';
import type { ClusterUnderTest, Stories } from './servers';

const ROWS = `select md5(string_agg(t::text, ',' order by n)) as sum, count(*)::int as rows from public.t t`;

export const forks: Stories = (started) => {
  describe.sequential('A fork', () => {
    let on: ClusterUnderTest;

    beforeAll(() => {
      on = started();
    });

    const closedness = (tenant: Tenant) => closednessOf(on.superuserUrl, tenant);

    async function sourceWithRows(): Promise<Tenant> {
      const source = await on.newTenant();
      await on.as(
        source,
        'create table t (n int primary key, note text)',
        `insert into t select i, 'row ' || i from generate_series(1, 100) i`,
      );
      return source;
    }

    it('has the rows of its source and is exactly as closed as a new database', async () => {
      const source = await sourceWithRows();
      const fork = await on.newTenant(source);
      expect(await on.look(ROWS, [], fork.name)).toEqual(await on.look(ROWS, [], source.name));
      const fresh = await closedness(await on.newTenant());
      expect(await closedness(fork)).toEqual(fresh);
      expect(await closedness(source)).toEqual(fresh);
      expect(fresh).toMatchObject({ owner: 'tenant_op', admits: true, connections: -1 });
    });

    it('admits nobody before its grants: the copy of a database is open to all', async () => {
      const source = await on.newTenant();
      const copy: Tenant = { ...source, name: randomName('d'), source: source.name };
      await on.cluster.createRoles(copy);
      await on.cluster.createDatabase(copy);
      await on.cluster.createDatabase(copy);
      const stranger = await on.newTenant();
      await expect(on.logIn(stranger, 'write', copy.name)).rejects.toMatchObject({
        code: expect.stringMatching(/53300|28000/),
      });
      await on.cluster.grantDatabase(copy);
      await expect(on.logIn(stranger, 'write', copy.name)).rejects.toMatchObject({ code: '42501' });
    });

    it('and its source keep each other’s logins out', async () => {
      const source = await sourceWithRows();
      const fork = await on.newTenant(source);
      for (const login of ['admin', 'write', 'read'] as const) {
        for (const [who, where] of [
          [source, fork],
          [fork, source],
        ] as const) {
          await expect(on.logIn(who, login, where.name)).rejects.toMatchObject({
            code: expect.stringMatching(/28000|42501/),
          });
        }
        const own = await on.logIn(fork, login);
        expect((await own.query('select count(*)::int as n from t')).rows).toEqual([{ n: 100 }]);
        await own.end();
      }
    });

    it('leaves its source as it was when it is made, changed and dropped', async () => {
      const source = await sourceWithRows();
      const before = [await closedness(source), await on.look(ROWS, [], source.name)];
      const fork = await on.newTenant(source);
      await on.as(fork, 'delete from t', 'drop table t', 'drop schema public cascade');
      await on.cluster.close(fork);
      expect(await on.cluster.drop(fork, { keepFamily: true })).toEqual([]);
      expect([await closedness(source), await on.look(ROWS, [], source.name)]).toEqual(before);
      await on.as(source, 'insert into t values (0)');
    });

    it('outlives its source, and takes the family with it when it goes last', async () => {
      const source = await sourceWithRows();
      // The copy names the source's logins too, and must not pin them.
      await on.as(source, `grant select on t to ${source.name}_r`);
      const fork = await on.newTenant(source);
      await on.cluster.close(source);
      expect(await on.cluster.drop(source, { keepFamily: true })).toEqual([]);
      // Walked again without its source, it is as it was.
      await on.cluster.createDatabase(fork);
      await on.as(fork, 'insert into t values (0)', 'create table u ()');
      await on.cluster.close(fork);
      expect(await on.cluster.drop(fork, { keepFamily: false })).toEqual([]);
      expect(
        await on.look('select rolname from pg_roles where rolname like $1', [
          `o_${source.family}%`,
        ]),
      ).toEqual([]);
    });

    it('can be made of a snapshot, which admits nobody', async () => {
      const source = await sourceWithRows();
      await on.cluster.close(source);
      const fork = await on.newTenant(source);
      expect(await on.look(ROWS, [], fork.name)).toMatchObject([{ rows: 100 }]);
    });

    it('of a database that is not there, or of another family, is refused', async () => {
      const source = await sourceWithRows();
      const stranger = await on.newTenant();
      await expect(
        on.cluster.createDatabase({
          ...stranger,
          name: `d_${'a'.repeat(16)}`,
          source: source.name,
        }),
      ).rejects.toThrow('not of the family');
      await on.cluster.drop(source, { keepFamily: true });
      await expect(on.newTenant(source)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('waits for sessions of its source, and says busy when they stay', async () => {
      const source = await sourceWithRows();
      const inside = await on.logIn(source);
      await expect(on.newTenant(source)).rejects.toMatchObject({
        code: 'busy',
        details: { retryAfter: 5 },
      });
      expect((await inside.query('select count(*)::int as n from t')).rows).toEqual([{ n: 100 }]);
      await inside.end();
    });

    it('of more than 50 MB is copied by files', async () => {
      const source = await sourceWithRows();
      await on.as(
        source,
        `insert into t select i, repeat(md5(i::text), 60) from generate_series(101, 40000) i`,
      );
      const fork = await on.newTenant(source);
      const sizes = await on.cluster.sizes([source.name, fork.name]);
      expect(sizes.get(fork.name)).toBeGreaterThan(60_000_000);
      expect(await on.look(ROWS, [], fork.name)).toEqual(await on.look(ROWS, [], source.name));
    });
  });
};
