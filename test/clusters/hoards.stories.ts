import type { Tenant } from '@howdah/clusters';
import { readlinkSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterUnderTest, Stories } from './servers';

/** 100 kB. */
const LONG = `(select string_agg(md5(n::text), '') from generate_series(1, 3000) n)`;
const VERIFIER_KEYS = `${btoa('k'.repeat(32))}:${btoa('v'.repeat(32))}`;

/** What lies outside of a tenant's database, where no size of it counts. */
export const hoards: Stories = (started, { major }) => {
  describe.sequential('Tenants that fill what all share', () => {
    let on: ClusterUnderTest;

    beforeAll(() => {
      on = started();
    });

    it('store settings for any database, which are counted and taken away', async () => {
      const [tenant, other] = [await on.newTenant(), await on.newTenant()];
      const before = await bytesOf(tenant);
      expect(before).toBeLessThan(1_000);
      await on.as(
        tenant,
        'set role none',
        set(`alter role ${tenant.name} set search_path`),
        set(`alter role ${tenant.name} in database ${tenant.name} set search_path`),
        set(`alter role ${tenant.name} in database ${other.name} set application_name`),
      );
      expect(await bytesOf(tenant)).toBeGreaterThan(150_000);
      expect(await bytesOf(other)).toBe(before);
      await on.cluster.healLogins(tenant);
      expect(await bytesOf(tenant)).toBe(before);
    });

    it('store no password that is not counted', async () => {
      const tenant = await on.newTenant();
      const before = await bytesOf(tenant);
      const client = await on.logIn(tenant);
      await client.query('set role none');
      const salt = `encode(${LONG}::bytea, 'base64')`;
      const stored = client.query(
        `do $$ begin execute format('alter role ${tenant.name} password %L',
           'SCRAM-SHA-256$4096:' || replace(${salt}, E'\\n', '') || '$${VERIFIER_KEYS}'); end $$`,
      );
      if (major >= 18) await expect(stored).rejects.toMatchObject({ code: '54000' });
      else {
        await stored;
        expect(await bytesOf(tenant)).toBeGreaterThan(50_000);
      }
      await client.end();
      await on.cluster.healLogins(tenant);
      expect(await bytesOf(tenant)).toBe(before);
    });

    it('leave room that is used again, once it is much', async () => {
      expect(await on.cluster.vacuumRoleCatalogs()).toEqual([]);
      const tenant = await on.newTenant();
      const long = set(`alter role ${tenant.name} set search_path`);
      const fill = `do $do$ begin for i in 1..25 loop execute $x$ ${long.replaceAll('3000', '30000')} $x$; end loop; end $do$`;
      await on.as(tenant, 'set role none', fill);
      const large = await catalogSize();
      expect(large).toBeGreaterThan(16_000_000);
      expect(await on.cluster.vacuumRoleCatalogs()).toEqual(['pg_db_role_setting']);
      await on.as(tenant, 'set role none', fill);
      expect(await catalogSize()).toBeLessThan(1.5 * large);
      await on.cluster.healLogins(tenant);
    });

    it('write nothing to the log, not by errors of 20 MB that end their sessions', async () => {
      const tenant = await on.newTenant();
      const before = await logSize();
      await expect(
        on.as(
          tenant,
          'set exit_on_error = on',
          `do $$ begin raise exception '%', repeat('x', 20000000); end $$`,
        ),
      ).rejects.toThrow();
      expect(await logSize()).toBe(before);
    });

    async function bytesOf({ name }: Tenant): Promise<number> {
      return (await on.cluster.roleSettings()).get(name)!;
    }

    function set(what: string): string {
      return `do $$ begin execute format('${what} = %L', ${LONG}); end $$`;
    }

    async function catalogSize(): Promise<number> {
      const [row] = await on.look<{ bytes: string }>(
        `select pg_total_relation_size('pg_db_role_setting') as bytes`,
      );
      return Number(row!.bytes);
    }

    async function logSize(): Promise<number> {
      const [row] = await on.look<{ pid: number }>(
        `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
      );
      return statSync(readlinkSync(`/proc/${row!.pid}/fd/2`)).size;
    }
  });
};
