import type { ClusterContext } from '../cluster-context';
import type { Run } from '../session/admin-connection';
import { loginsOf, type TenantNames } from './tenant';

/** Asks the sessions of a tenant's logins to end; does not wait for it. */
export async function endLogins(
  cluster: ClusterContext,
  tenant: TenantNames,
  run: Run = cluster.admin.home,
): Promise<void> {
  const { rights } = await cluster.traits();
  await run(
    `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
     WHERE a.usename = ANY ($1) AND ${rights.mayEnd}`,
    [loginsOf(tenant)],
  );
}

/** The same of everybody who is in its database too. Returns how many sessions there were. */
export async function endSessions(cluster: ClusterContext, tenant: TenantNames): Promise<number> {
  const { rights } = await cluster.traits();
  const sessions = await cluster.admin.home(
    `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
     WHERE (a.datname = $1 OR a.usename = ANY ($2)) AND ${rights.mayEnd}`,
    [tenant.name, loginsOf(tenant)],
  );
  return sessions.length;
}
