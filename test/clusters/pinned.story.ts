import { randomName } from '@howdah/kernel';
import { Cluster, CREATION_STEPS, type Tenant } from '@howdah/clusters';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';

const adminUrl = inject('adminUrl');
const cluster = new Cluster({ id: 'pinned', adminUrl, secret: 'a secret of the pinned story' });
const made: Tenant[] = [];

async function newTenant(): Promise<Tenant> {
  const tenant = { name: randomName('d'), family: randomName('f'), connectionsMax: 5 };
  for (const step of CREATION_STEPS) await step.run(cluster, tenant);
  made.push(tenant);
  return tenant;
}

/** As the tenant's own sessions are, with its owners' rights. */
async function as(tenant: Tenant, statements: string[]): Promise<void> {
  const url = new URL(adminUrl);
  url.pathname = `/${tenant.name}`;
  url.searchParams.set('options', '-c default_transaction_read_only=off -c statement_timeout=0');
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`set session authorization o_${tenant.family}`);
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

beforeAll(() => cluster.prepare());
afterAll(async () => {
  for (const tenant of made) await cluster.drop(tenant, { keepFamily: false });
  await cluster.end();
});

describe('A database whose roles a neighbour has named in its own', () => {
  const gone = async (tenant: Tenant) => {
    await cluster.close(tenant);
    const startedAt = performance.now();
    const left = await cluster.drop(tenant, { keepFamily: false });
    const [row] = await asSuperuser<{ n: number }>(
      adminUrl,
      'select count(*)::int as n from pg_roles where rolname ~ $1',
      [tenant.name],
    );
    return { left, roles: row!.n, tookMs: performance.now() - startedAt };
  };

  it('is dropped with them, though 1,500 columns name each', async () => {
    const [neighbour, tenant] = [await newTenant(), await newTenant()];
    const columns = Array.from({ length: 1500 }, (_, n) => `c${n} int`);
    const names = Array.from({ length: 1500 }, (_, n) => `c${n}`);
    await as(neighbour, [
      `create table wide (${columns.join(', ')})`,
      `grant select (${names.join(', ')}) on wide to ${tenant.name}`,
    ]);
    const { left, roles, tookMs } = await gone(tenant);
    expect([left, roles]).toEqual([[], 0]);
    // Postgres alone is at it for minutes.
    expect(tookMs).toBeLessThan(10_000);
  });

  it('is dropped with them, though somebody granted who owns nothing', async () => {
    const [neighbour, tenant] = [await newTenant(), await newTenant()];
    await as(neighbour, [
      'create table pin (n int)',
      `grant usage on schema public to ${neighbour.name}`,
      `grant select on pin to ${neighbour.name} with grant option`,
      `set session authorization default`,
      `set session authorization ${neighbour.name}`,
      `grant select on public.pin to ${tenant.name}`,
    ]);
    expect(await gone(tenant)).toMatchObject({ left: [], roles: 0 });
  });
});
