import { AppError } from '@howdah/kernel';
import type { ClusterContext } from '../cluster-context';
import { sqlState } from '../session/cluster-error';
import { databaseIdentifier, TENANT_DATABASES, type TenantNames } from '../tenant/tenant';

/** Oids below are given to what initdb makes. */
const FIRST_TENANT_OID = 16_384;
const COUNT_LIMITS = { statementTimeoutMs: 5_000, lockTimeoutMs: 2_000 };
const RETRY_AFTER_SECONDS = 5;
/** Ended by a limit: a statement, or its wait for a lock. */
const OUT_OF_TIME = new Set(['57014', '55P03']);
const NO_SUCH_DATABASE = '3D000';
const SIZE_ATTEMPTS = 3;

/** What there is in a database besides the system's own. */
export interface ObjectCounts {
  /** Tables, indexes, sequences, views, types of rows: each a row of `pg_class`. */
  relations: number;
  functions: number;
  largeObjects: number;
}

/**
 * Rows written so far, by database; a number that has moved means that there may be more or less
 * to measure. Work that was rolled back counts too. A session reports what it has done within ten
 * seconds of its end.
 */
export async function activity({ admin }: ClusterContext): Promise<Map<string, number>> {
  const rows = await admin.home<{ name: string; written: string }>(
    `SELECT datname AS name, tup_inserted + tup_updated + tup_deleted AS written
     FROM pg_stat_database WHERE datname ~ $1`,
    [TENANT_DATABASES],
  );
  return new Map(rows.map(({ name, written }) => [name, Number(written)]));
}

/** Bytes on disk, by database, of those that are there. */
export async function sizes(
  { admin }: ClusterContext,
  names: readonly string[],
): Promise<Map<string, number>> {
  names.forEach(databaseIdentifier);
  for (let attempt = 1; ; attempt++) {
    try {
      const rows = await admin.home<{ name: string; bytes: string | null }>(
        'SELECT datname AS name, pg_database_size(oid) AS bytes FROM pg_database WHERE datname = ANY ($1)',
        [names],
      );
      return new Map(
        rows.flatMap(({ name, bytes }) => (bytes === null ? [] : [[name, Number(bytes)]])),
      );
    } catch (error) {
      // One was dropped between its being found and being measured.
      if (sqlState(error) !== NO_SUCH_DATABASE || attempt === SIZE_ATTEMPTS) throw error;
    }
  }
}

/**
 * Reads catalogs alone, which a tenant may only lock against nothing: it can make them long, and
 * so the time for it is short.
 *
 * @throws AppError `not_found` when there is no such database, `busy` when the time is over
 */
export async function countObjects(
  { admin }: ClusterContext,
  { name }: TenantNames,
): Promise<ObjectCounts> {
  databaseIdentifier(name);
  const sql = `SELECT
    (SELECT count(*) FROM pg_class WHERE oid >= ${FIRST_TENANT_OID}) AS relations,
    (SELECT count(*) FROM pg_proc WHERE oid >= ${FIRST_TENANT_OID}) AS functions,
    (SELECT count(*) FROM pg_largeobject_metadata) AS "largeObjects"`;
  const [counts] = await admin
    .inDatabase<Record<keyof ObjectCounts, string>>(name, sql, COUNT_LIMITS)
    .catch((error: unknown) => {
      if (!OUT_OF_TIME.has(sqlState(error) ?? '')) throw error;
      throw new AppError(
        'busy',
        `The objects of ${name} cannot be counted at present.`,
        { retryAfter: RETRY_AFTER_SECONDS },
        { cause: error },
      );
    });
  const { relations, functions, largeObjects } = counts!;
  return {
    relations: Number(relations),
    functions: Number(functions),
    largeObjects: Number(largeObjects),
  };
}
