import { AppError } from '@howdah/kernel';
import pg from 'pg';
import type { ClusterContext } from '../cluster-context';
import { connectError, sqlState } from '../session/cluster-error';
import { endAfter } from '../session/end-after';
import { HOME_DATABASE, sessionConfig } from '../session/session-config';
import { healLogins } from '../tenant/logins';
import { literal, rolesOf, type TenantNames } from '../tenant/tenant';
import { RECLAIM_LOCK_CLASS } from './reclaim-lock';

const WHOLE_MS = 60_000;
/** For one table: a tenant's index expression that never ends is not given all of it. */
const TABLE_MS = 5_000;
const TABLE_BYTES_PER_MS = 4_000;
const LOCK_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** What the client waits beyond the limits of its statements, which the server holds. */
const ANSWER_MARGIN_MS = 5_000;
const RETRY_AFTER_SECONDS = 30;

/** The version that brought `transaction_timeout`. */
const TRANSACTION_TIMEOUT = 17;

const WRONG_PASSWORD = '28P01';
const MAY_NOT_LOG_IN = '28000';
const TOO_MANY_CONNECTIONS = '53300';

interface Table {
  oid: number;
  /** Quoted, with its schema. */
  name: string;
}

/**
 * `VACUUM FULL` of a tenant's tables, over its own admin login: rebuilding an index runs the
 * tenant's expressions, which must have the tenant's rights. Partitions are tables like others;
 * what hangs on a table, TOAST and indexes, comes along.
 *
 * Ends early, and quietly, when the time is over or its session is ended; also at the first table
 * that takes longer than its size explains. Each of the others could be made to do so as well, and
 * all of it is time that the tenant's limits do not count.
 */
export async function rewriteTables(cluster: ClusterContext, tenant: TenantNames): Promise<void> {
  const tables = await listTables(cluster, tenant);
  if (tables.length === 0) return;
  const client = await logIn(cluster, tenant);
  try {
    const limits = { statementTimeoutMs: WHOLE_MS, lockTimeoutMs: LOCK_TIMEOUT_MS };
    await cluster.admin.session(HOME_DATABASE, limits, async (run) => {
      const session = { pid: await backendOf(client), login: rolesOf(tenant).admin };
      // The reaper ends what works longer than a statement may, and spares those named here.
      await run('SELECT pg_advisory_lock($1, $2)', [RECLAIM_LOCK_CLASS, session.pid]);
      const until = Date.now() + WHOLE_MS;
      for (const table of tables) {
        const leftMs = until - Date.now();
        if (leftMs <= 0) return;
        const limitMs = await timeFor(client, table, leftMs);
        const began = Date.now();
        await endAfter(limitMs, session, run, () => rewrite(client, table, limitMs));
        if (Date.now() - began >= limitMs) return;
      }
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Smallest first, so that a large one at the end of the time keeps no other from its turn. */
function listTables({ admin }: ClusterContext, tenant: TenantNames): Promise<Table[]> {
  const owners = literal(rolesOf(tenant).owners);
  return admin.inDatabase<Table>(
    tenant.name,
    `SELECT c.oid::int8::float8 AS oid, format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relowner = ${owners}::regrole AND c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
     ORDER BY c.relpages`,
  );
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

/** By its size; what is locked does not tell its size and gets the shortest. */
async function timeFor(client: pg.Client, { oid }: Table, leftMs: number): Promise<number> {
  const bytes = await client
    .query<{ bytes: string | null }>('SELECT pg_catalog.pg_total_relation_size($1) AS bytes', [oid])
    .then(({ rows }) => Number(rows[0]?.bytes))
    .catch(() => 0);
  return Math.ceil(Math.min(TABLE_MS + bytes / TABLE_BYTES_PER_MS, leftMs));
}

async function rewrite(client: pg.Client, { name }: Table, limitMs: number): Promise<void> {
  try {
    await client.query(`SET statement_timeout = ${limitMs}`);
    await client.query('SET default_transaction_read_only = on');
    await client.query(`VACUUM (FULL) ${name}`);
  } catch {
    // Dropped meanwhile, locked by a request, its own index fails on its rows, its session is
    // ended: it stays as it was, and those after it have their turn, if there is a session.
  }
}

/** As a gateway does; once more with a password made right, if the tenant has changed its own. */
async function logIn(cluster: ClusterContext, tenant: TenantNames): Promise<pg.Client> {
  try {
    return await connect(cluster, tenant);
  } catch (error) {
    if (sqlState(error) !== WRONG_PASSWORD) throw refusal(cluster, tenant, error);
  }
  await healLogins(cluster, tenant);
  return connect(cluster, tenant).catch((error: unknown) => {
    throw refusal(cluster, tenant, error);
  });
}

async function connect(cluster: ClusterContext, tenant: TenantNames): Promise<pg.Client> {
  const { admin, owners } = rolesOf(tenant);
  const { major } = await cluster.traits();
  const client = new pg.Client(
    sessionConfig(cluster.adminUrl, {
      database: tenant.name,
      login: { user: admin, password: cluster.passwordOf(admin) },
      // What a tenant may have set for its role, and what would keep this from beginning or going on.
      settings: {
        role: owners,
        search_path: 'public',
        client_min_messages: 'error',
        statement_timeout: TABLE_MS,
        lock_timeout: LOCK_TIMEOUT_MS,
        ...(major >= TRANSACTION_TIMEOUT && { transaction_timeout: 0 }),
        idle_session_timeout: 0,
        local_preload_libraries: '',
        // Rewriting is allowed all the same; what index expressions write while it lasts is not.
        default_transaction_read_only: 'on',
        default_tablespace: '',
      },
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      answerTimeoutMs: WHOLE_MS + ANSWER_MARGIN_MS,
    }),
  );
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

function refusal({ id }: ClusterContext, { name }: TenantNames, error: unknown): AppError {
  const state = sqlState(error);
  if (state === MAY_NOT_LOG_IN) {
    return new AppError('state_conflict', `The logins of ${name} are shut.`, {}, { cause: error });
  }
  if (state === TOO_MANY_CONNECTIONS) {
    return new AppError(
      'busy',
      `The login of ${name} has no connection left.`,
      { retryAfter: RETRY_AFTER_SECONDS },
      { cause: error },
    );
  }
  return connectError(id, name, error);
}
