import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterContext } from '../cluster-context';
import { stillBusy } from '../session/cluster-error';
import { closeLoginsSql, closeSql, loginAttributes, loginSql } from './role-sql';
import {
  assertConnections,
  literal,
  loginsOf,
  roleIdentifier,
  type Tenant,
  type TenantNames,
} from './tenant';

const CLOSE_TIMEOUT_MS = 10_000;
const CLOSE_POLL_MS = 50;
const BUSY_RETRY_SECONDS = 60;

export async function openLogins(cluster: ClusterContext, tenant: Tenant): Promise<void> {
  await setLogins(cluster, tenant, (verifier) => loginAttributes(tenant.connectionsMax, verifier));
}

export async function healLogins(cluster: ClusterContext, tenant: TenantNames): Promise<void> {
  await setLogins(cluster, tenant, (verifier) => `PASSWORD ${literal(verifier)}`);
}

export async function setConnectionLimit(
  cluster: ClusterContext,
  tenant: TenantNames,
  connections: number,
): Promise<void> {
  assertConnections(connections);
  const alter = loginsOf(tenant).map(
    (login) => `ALTER ROLE ${roleIdentifier(login)} CONNECTION LIMIT ${connections};`,
  );
  await cluster.changeLogins(tenant.family, alter.join(' '));
}

/** Shuts the logins and asks their sessions to end, without waiting for those that do not. */
export async function suspend(cluster: ClusterContext, tenant: TenantNames): Promise<void> {
  await cluster.changeLogins(tenant.family, closeLoginsSql(loginsOf(tenant)));
  await endSessions(cluster, tenant);
}

/** Shuts the logins and the database, and waits until every session has ended. */
export async function close(cluster: ClusterContext, tenant: TenantNames): Promise<void> {
  await cluster.changeLogins(tenant.family, closeSql(tenant.name, loginsOf(tenant)));
  const deadline = Date.now() + CLOSE_TIMEOUT_MS;
  while ((await endSessions(cluster, tenant)) > 0) {
    if (Date.now() > deadline) throw stillBusy(tenant.name, BUSY_RETRY_SECONDS);
    await sleep(CLOSE_POLL_MS);
  }
}

/** How many sessions there were, and were asked to end. */
async function endSessions(cluster: ClusterContext, tenant: TenantNames): Promise<number> {
  const { rights } = await cluster.traits();
  const sessions = await cluster.admin.home(
    `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
     WHERE (a.datname = $1 OR a.usename = ANY ($2)) AND ${rights.mayEnd}`,
    [tenant.name, loginsOf(tenant)],
  );
  return sessions.length;
}

async function setLogins(
  cluster: ClusterContext,
  tenant: TenantNames,
  attributes: (verifier: string) => string,
): Promise<void> {
  const { rights } = await cluster.traits();
  const statements = await Promise.all(
    loginsOf(tenant).map(async (login) =>
      loginSql(login, tenant.name, attributes(await cluster.verifierOf(login)), rights),
    ),
  );
  await cluster.changeLogins(tenant.family, statements.join(''));
}
