import type { ClusterContext } from '../cluster-context';
import { TENANT_DATABASES, TENANT_LOGINS } from '../tenant/tenant';

/** Where roles, their passwords, their settings and what names them are: once a cluster. */
const ROLE_CATALOGS = ['pg_authid', 'pg_db_role_setting', 'pg_shdepend'];
const MB = 1024 * 1024;
const VACUUM_ABOVE_BYTES = 16 * MB;

/**
 * Bytes that a tenant's three logins keep in the catalogs of all, by the name of its database: settings,
 * for whatever database of the cluster, and where the admin sees them passwords, which before 18 may
 * be of any length. As stored, so that nothing large is read.
 */
export async function roleSettings(cluster: ClusterContext): Promise<Map<string, number>> {
  const { rights } = await cluster.traits();
  const rows = await cluster.admin.home<{ name: string; bytes: string }>(
    `SELECT substring(r.rolname FROM '^d_[^_]+') AS name,
       sum(coalesce(pg_column_size(r.rolpassword), 0) + coalesce(s.bytes, 0)) AS bytes
     FROM ${rights.roleCatalog} r LEFT JOIN (
       SELECT setrole, sum(pg_column_size(setconfig)) AS bytes FROM pg_db_role_setting GROUP BY setrole
     ) s ON s.setrole = r.oid
     WHERE r.rolname ~ $1 GROUP BY 1`,
    [TENANT_LOGINS],
  );
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
}

/**
 * How often each tenant's database names roles, by its name: a row of a catalog that all databases share
 * for each object and its owner, and for each role in its privileges or its policies.
 */
export async function roleMentions({ admin }: ClusterContext): Promise<Map<string, number>> {
  const rows = await admin.home<{ name: string; mentions: string }>(
    `SELECT d.datname AS name, s.mentions FROM pg_database d
       JOIN (SELECT dbid, count(*) AS mentions FROM pg_shdepend GROUP BY dbid) s ON s.dbid = d.oid
     WHERE d.datname ~ $1`,
    [TENANT_DATABASES],
  );
  return new Map(rows.map(({ name, mentions }) => [name, Number(mentions)]));
}

/** Those of these catalogs that are large are vacuumed: what was taken out of them is still there. */
export async function vacuumRoleCatalogs(cluster: ClusterContext): Promise<string[]> {
  const { rights } = await cluster.traits();
  // They are a superuser's; others would be refused.
  if (!rights.superuser) return [];
  const large = await cluster.admin.home<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class
     WHERE oid = ANY ($1::regclass[]) AND pg_total_relation_size(oid) > $2`,
    [ROLE_CATALOGS, VACUUM_ABOVE_BYTES],
  );
  for (const { name } of large) await cluster.admin.home(`VACUUM pg_catalog.${name}`);
  return large.map(({ name }) => name);
}
