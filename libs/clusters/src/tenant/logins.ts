import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterContext } from '../cluster-context';
import { stillBusy } from '../session/cluster-error';
import { changeLogins, changesAtOnce, changesInTime } from './change-logins';
import {
  closeDatabaseSql,
  closeLoginsSql,
  loginAttributes,
  loginSql,
  openDatabaseSql,
} from './role-sql';
import { endLogins, endSessions } from './sessions';
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

/** The database too, which `suspend` may have shut. */
export async function openLogins(cluster: ClusterContext, tenant: Tenant): Promise<void> {
  const logins = await loginsSql(cluster, tenant, (verifier) =>
    loginAttributes(tenant.connectionsMax, verifier),
  );
  await changeLogins(cluster, tenant, `${logins} ${openDatabaseSql(tenant.name, true)}`);
}

export async function healLogins(cluster: ClusterContext, tenant: TenantNames): Promise<void> {
  const password = (verifier: string) => `PASSWORD ${literal(verifier)}`;
  await changeLogins(cluster, tenant, await loginsSql(cluster, tenant, password));
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
  await changeLogins(cluster, tenant, alter.join(' '));
}

/**
 * Shuts the logins and asks their sessions to end, without waiting for those that do not.
 *
 * The row of a login may be held by its tenant: in an open transaction, or on 15 in C that hears no
 * signal for half an hour. Then the database is shut instead, whose row no tenant can hold, until the
 * logins are: those who were inside to hold on are ended, and no other comes in. With a row that
 * still is not to be had the database stays shut, which keeps everybody out just as well.
 */
export async function suspend(cluster: ClusterContext, tenant: TenantNames): Promise<void> {
  const shut = closeLoginsSql(loginsOf(tenant));
  if (!(await changesAtOnce(cluster, tenant, shut))) {
    await cluster.admin.home(openDatabaseSql(tenant.name, false));
    await endLogins(cluster, tenant);
    if (await changesInTime(cluster, tenant, shut)) {
      await cluster.admin.home(openDatabaseSql(tenant.name, true));
    }
  }
  await endLogins(cluster, tenant);
}

/**
 * Shuts the database and the logins, and waits until every session has ended. The database first, as
 * no tenant can keep us from that; logins whose rows are held are shut once nobody is there to hold
 * them.
 */
export async function close(cluster: ClusterContext, tenant: TenantNames): Promise<void> {
  await cluster.admin.home(closeDatabaseSql(tenant.name));
  const shut = closeLoginsSql(loginsOf(tenant));
  const isShut = await changesAtOnce(cluster, tenant, shut);
  const deadline = Date.now() + CLOSE_TIMEOUT_MS;
  while ((await endSessions(cluster, tenant)) > 0) {
    if (Date.now() > deadline) throw stillBusy(tenant.name, BUSY_RETRY_SECONDS);
    await sleep(CLOSE_POLL_MS);
  }
  if (!isShut) await changeLogins(cluster, tenant, shut);
}

async function loginsSql(
  cluster: ClusterContext,
  tenant: TenantNames,
  attributes: (verifier: string) => string,
): Promise<string> {
  const { rights } = await cluster.traits();
  const statements = await Promise.all(
    loginsOf(tenant).map(async (login) =>
      loginSql(login, attributes(await cluster.verifierOf(login)), rights),
    ),
  );
  return statements.join('');
}
