import type { ClusterContext } from '../cluster-context';
import type { SessionLimits } from '../session/admin-connection';
import { sqlState } from '../session/cluster-error';
import { databaseIdentifier, type TenantNames } from '../tenant/tenant';
import { rewriteTables } from './rewrite-tables';

const VACUUM_LIMITS: SessionLimits = { statementTimeoutMs: 60_000, lockTimeoutMs: 3_000 };
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Every table, catalogs and large objects included. ANALYZE is left out, which runs the expressions
 * of a tenant's indexes. What a tenant may set on its tables is said here, where it counts: rows
 * that are gone are taken out of the indexes too, and empty ends of files are cut off.
 */
const VACUUM = 'INDEX_CLEANUP ON, TRUNCATE ON, PARALLEL 0';

/**
 * Gives back to the disk what a database no longer needs. `full` writes its tables anew, as their
 * owner, for the space in between rows as well; a table whose rewriting fails stays as it was.
 *
 * @throws AppError `not_found` when there is no such database, `busy` when its login has no
 * connection left, `state_conflict` when its logins are shut
 */
export async function reclaim(
  cluster: ClusterContext,
  tenant: TenantNames,
  { full }: { full: boolean },
): Promise<void> {
  databaseIdentifier(tenant.name);
  if (full) await rewriteTables(cluster, tenant);
  const { admin } = cluster;
  try {
    // An autovacuum in the way is cancelled by whoever waits for it.
    await admin.inDatabase(tenant.name, `VACUUM (${VACUUM})`, VACUUM_LIMITS);
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    await admin.inDatabase(tenant.name, `VACUUM (${VACUUM}, SKIP_LOCKED)`, VACUUM_LIMITS);
  }
}
