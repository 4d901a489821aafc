import { AppError } from '@howdah/kernel';
import type { ClusterContext } from '../cluster-context';
import { sqlState, stillBusy } from '../session/cluster-error';
import { HOME_DATABASE } from '../session/session-config';
import { prepareTemplate } from '../template/template';
import { templateName } from '../template/template-sql';
import { HALF_DROPPED, OPERATOR_ROLE } from './role-names';
import {
  databaseIdentifier,
  identifier,
  literal,
  rolesOf,
  type Tenant,
  type TenantNames,
} from './tenant';

const DUPLICATE_DATABASE = new Set(['42P04', '23505']);
/** What is to be copied is not there, or half dropped. */
const NOTHING_TO_COPY = new Set(['3D000', '55000']);
const OBJECT_IN_USE = '55006';
const DROP_RETRY_SECONDS = 60;
const COPY_RETRY_SECONDS = 5;

/**
 * Up to here a copy goes through the log, block by block, and asks for no checkpoint. Above, files
 * are copied whole, between two checkpoints; from 18 on their blocks can be shared.
 */
const LOGGED_COPY_MAX_BYTES = 50 * 1024 * 1024;

/** Files that cannot share their blocks are written once more, all of them. */
const COPY_LIMITS = { statementTimeoutMs: 600_000, lockTimeoutMs: 30_000 };

/** Makes the database of a tenant, closed, unless it is there: a copy of its source or the template. */
export async function createDatabase(cluster: ClusterContext, tenant: Tenant): Promise<void> {
  const [there] = await cluster.admin.home<{ half: boolean }>(
    'SELECT datconnlimit = $2 AS half FROM pg_database WHERE datname = $1',
    [tenant.name, HALF_DROPPED],
  );
  if (there && !there.half) return;
  if (there) await dropDatabase(cluster, tenant.name);
  try {
    if (tenant.source) await copySource(cluster, tenant, tenant.source);
    else await copyTemplate(cluster, tenant);
  } catch (error) {
    // Another worker has made it meanwhile.
    if (!DUPLICATE_DATABASE.has(sqlState(error) ?? '')) throw error;
  }
}

/** @throws AppError `busy` while a session in it does not end */
export async function dropDatabase({ admin }: ClusterContext, name: string): Promise<void> {
  try {
    await admin.home(`DROP DATABASE IF EXISTS ${databaseIdentifier(name)} WITH (FORCE)`);
  } catch (error) {
    throw sqlState(error) === OBJECT_IN_USE ? stillBusy(name, DROP_RETRY_SECONDS, error) : error;
  }
}

async function copyTemplate(cluster: ClusterContext, { name }: TenantNames): Promise<void> {
  const { admin } = cluster;
  const traits = await cluster.traits();
  const template = templateName(traits.major, traits.rights.templateSql);
  const sql = copySql(name, identifier(template), 'WAL_LOG');
  await admin.home(sql).catch(async (error: unknown) => {
    // A newer worker has dropped the template of this version.
    if (!NOTHING_TO_COPY.has(sqlState(error) ?? '')) throw error;
    await admin.prepareAlone((run) => prepareTemplate(admin, run, traits));
    await admin.home(sql);
  });
}

/** Postgres itself waits five seconds for sessions in the source to end, and then gives up. */
async function copySource(
  cluster: ClusterContext,
  tenant: TenantNames,
  source: string,
): Promise<void> {
  const bytes = await sizeOfSource(cluster, tenant, source);
  const strategy = bytes <= LOGGED_COPY_MAX_BYTES ? 'WAL_LOG' : 'FILE_COPY';
  const sql = copySql(tenant.name, databaseIdentifier(source), strategy);
  try {
    await cluster.admin.session(HOME_DATABASE, COPY_LIMITS, (run) => run(sql));
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (state === OBJECT_IN_USE) throw stillBusy(source, COPY_RETRY_SECONDS, error);
    if (NOTHING_TO_COPY.has(state)) throw noSource(source);
    throw error;
  }
}

/** The owners of a family are named in the privileges of each of its databases, and of no other. */
async function sizeOfSource(
  { admin }: ClusterContext,
  tenant: TenantNames,
  source: string,
): Promise<number> {
  const owners = literal(rolesOf(tenant).owners);
  const [found] = await admin.home<{ bytes: string; related: boolean }>(
    `SELECT pg_database_size(oid) AS bytes, EXISTS (
       SELECT FROM aclexplode(datacl) WHERE grantee = ${owners}::regrole) AS related
     FROM pg_database WHERE datname = $1`,
    [source],
  );
  if (!found) throw noSource(source);
  if (!found.related) throw new Error(`${source} is not of the family ${tenant.family}.`);
  return Number(found.bytes);
}

/** Nobody but a superuser comes in before the grants: see grantDatabaseSql. */
function copySql(name: string, from: string, strategy: 'WAL_LOG' | 'FILE_COPY'): string {
  return `CREATE DATABASE ${databaseIdentifier(name)} TEMPLATE ${from} STRATEGY ${strategy}
    OWNER ${identifier(OPERATOR_ROLE)} CONNECTION LIMIT 0`;
}

function noSource(source: string): AppError {
  return new AppError('not_found', `There is no database ${source} to copy.`);
}
