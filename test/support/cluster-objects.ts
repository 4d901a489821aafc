import { Client } from 'pg';
import { startupOptions, UNHURRIED, WRITING } from './startup-options';

/** What of customers is on a cluster, as its superuser sees it. */
export interface ClusterObjects {
  databases: string[];
  roles: string[];
}

export async function asSuperuser<R = Record<string, unknown>>(
  adminUrl: string,
  query: string,
  params: unknown[] = [],
  database?: string,
): Promise<R[]> {
  const url = new URL(adminUrl);
  if (database) url.pathname = `/${database}`;
  const options = startupOptions({ ...UNHURRIED, ...WRITING });
  const client = new Client({ connectionString: url.href, options });
  await client.connect();
  try {
    return (await client.query(query, params)).rows as R[];
  } finally {
    await client.end();
  }
}

export async function clusterObjects(adminUrl: string): Promise<ClusterObjects> {
  const databases = await asSuperuser<{ name: string }>(
    adminUrl,
    `select datname as name from pg_database where datname ~ '^d_[a-z2-7]{16}$'`,
  );
  const roles = await asSuperuser<{ name: string }>(
    adminUrl,
    `select rolname as name from pg_roles where rolname ~ '^(d|o_f)_[a-z2-7]{16}(_[rw])?$'`,
  );
  return { databases: databases.map(({ name }) => name), roles: roles.map(({ name }) => name) };
}
