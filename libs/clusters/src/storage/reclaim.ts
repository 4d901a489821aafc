import { AppError } from '@howdah/kernel';
import type { ClusterContext } from '../cluster-context';
import type { SessionLimits } from '../session/admin-connection';
import { sqlState } from '../session/cluster-error';
import { endAfter } from '../session/end-after';
import { databaseIdentifier, type TenantNames } from '../tenant/tenant';
import { rewriteTables } from './rewrite-tables';

const VACUUM_LIMITS: SessionLimits = { statementTimeoutMs: 60_000, lockTimeoutMs: 2_000 };
const RETRY_AFTER_SECONDS = 60;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * ANALYZE is left out, which runs the expressions of a tenant's indexes. What a tenant may set on
 * its tables is said here, where it counts: rows that are gone are taken out of the indexes too,
 * and empty ends of files are cut off.
 */
const VACUUM = 'INDEX_CLEANUP ON, TRUNCATE ON, PARALLEL 0';

/**
 * Tidying a BRIN index up summarizes what was added to its table, and so runs its expressions, in
 * our session: such tables are left to autovacuum and to being rewritten by their owner.
 */
const RUNS_EXPRESSIONS = `
  SELECT i.indrelid FROM pg_index i
    JOIN pg_class index ON index.oid = i.indexrelid JOIN pg_am am ON am.oid = index.relam
  WHERE am.amname = 'brin' AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)`;

/** The tables to name, catalogs included; null where none has to be left out. */
const TABLES_QUERY = `
  SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') AS tables
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
    AND c.oid NOT IN (${RUNS_EXPRESSIONS}) AND EXISTS (${RUNS_EXPRESSIONS})`;

/**
 * Gives back to the disk what a database no longer needs. `full` writes its tables anew, as their
 * owner, for the space in between rows as well; a table whose rewriting fails stays as it was.
 */
export async function reclaim(
  cluster: ClusterContext,
  tenant: TenantNames,
  { full }: { full: boolean },
): Promise<void> {
  databaseIdentifier(tenant.name);
  if (!full) return vacuumAll(cluster, tenant);
  await rewriteTables(cluster, tenant);
  await vacuumAll(cluster, tenant).catch((error: unknown) => {
    // To be asked again would be to write everything anew again, for as long as a tenant likes.
    if (!(error instanceof AppError) || error.code !== 'busy') throw error;
  });
}

async function vacuumAll(cluster: ClusterContext, tenant: TenantNames): Promise<void> {
  try {
    // An autovacuum in the way is cancelled by whoever waits for it.
    await vacuum(cluster, tenant, VACUUM);
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    await vacuum(cluster, tenant, `${VACUUM}, SKIP_LOCKED`);
  }
}

function vacuum({ admin }: ClusterContext, { name }: TenantNames, options: string): Promise<void> {
  const { statementTimeoutMs: limitMs } = VACUUM_LIMITS;
  return admin.session(name, VACUUM_LIMITS, async (run) => {
    const [session] = await run<{ pid: number; login: string }>(
      'SELECT pg_backend_pid() AS pid, session_user AS login',
    );
    const [named] = await run<{ tables: string | null }>(TABLES_QUERY);
    const sql = `VACUUM (${options}) ${named?.tables ?? ''}`;
    const began = Date.now();
    try {
      await endAfter(limitMs, session!, admin.home, () => run(sql));
    } catch (error) {
      if (Date.now() - began < limitMs) throw error;
      throw new AppError(
        'busy',
        `The space of ${name} could not be reclaimed in time.`,
        { retryAfter: RETRY_AFTER_SECONDS },
        { cause: error },
      );
    }
  });
}
