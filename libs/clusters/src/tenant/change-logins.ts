import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterContext } from '../cluster-context';
import type { Run } from '../session/admin-connection';
import { sqlState, stillBusy } from '../session/cluster-error';
import { HOME_DATABASE } from '../session/session-config';
import { lockFamily } from './family-lock';
import { endLogins } from './sessions';
import type { TenantNames } from './tenant';

/** How long to wait for a row: over a connection that others want too, and over one of our own. */
const AT_ONCE_MS = 100;
const IN_TIME_MS = 500;
/** The whole of a struggle. */
const STRUGGLE_MS = 5_000;
const STRUGGLE_LIMITS = { statementTimeoutMs: STRUGGLE_MS, lockTimeoutMs: IN_TIME_MS };
/** Another worker may be at the same roles; sessions are ended when that is not it. */
const PATIENT_ATTEMPTS = 2;
const PAUSE_MS = 20;
const BUSY_RETRY_SECONDS = 5;

/** SQLSTATE: waited too long; lost to a deadlock; somebody else has stored the first setting. */
const CONTENDED = new Set(['55P03', '40P01', '23505']);
/** Postgres' words, without an SQLSTATE of their own, where two sessions change one row at once. */
const CHANGED_MEANWHILE = /^tuple concurrently (updated|deleted)$/;

/**
 * Changes a tenant's logins, whatever it does to them meanwhile. Everybody may ALTER their own role,
 * and hold its row for as long as a transaction may last, or change it in a loop.
 *
 * The catalogs themselves are never locked: all tenants' changes would be waited for, and behind us
 * everybody would wait. A row is contended by its own tenant alone, whose sessions are ended where
 * trying again does not help.
 *
 * @throws AppError `busy` when its tenant holds on to it: a session that hears no signal, or new ones
 */
export async function changeLogins(
  cluster: ClusterContext,
  tenant: TenantNames,
  sql: string,
): Promise<void> {
  if (await changesAtOnce(cluster, tenant, sql)) return;
  if (await changesInTime(cluster, tenant, sql)) return;
  throw stillBusy(tenant.name, BUSY_RETRY_SECONDS);
}

/** One attempt, so short that it keeps nobody else from the shared connections. */
export function changesAtOnce(
  { admin }: ClusterContext,
  tenant: TenantNames,
  sql: string,
): Promise<boolean> {
  return change(admin.home, tenant, sql, `SET LOCAL lock_timeout = ${AT_ONCE_MS};`);
}

/** Ends the tenant's sessions in between. False when the time is over. */
export function changesInTime(
  cluster: ClusterContext,
  tenant: TenantNames,
  sql: string,
): Promise<boolean> {
  return cluster.admin.session(HOME_DATABASE, STRUGGLE_LIMITS, async (run) => {
    const until = Date.now() + STRUGGLE_MS;
    for (let attempt = 1; Date.now() < until; attempt++) {
      if (await change(run, tenant, sql)) return true;
      if (attempt >= PATIENT_ATTEMPTS) await endLogins(cluster, tenant, run);
      await sleep(Math.random() * PAUSE_MS);
    }
    return false;
  });
}

/** Whether nobody was in the way. All of `sql` is one transaction. */
async function change(
  run: Run,
  { family }: TenantNames,
  sql: string,
  limits = '',
): Promise<boolean> {
  try {
    await run(`${limits} ${lockFamily(family)} ${sql}`);
    return true;
  } catch (error) {
    if (CONTENDED.has(sqlState(error) ?? '')) return false;
    if (error instanceof Error && CHANGED_MEANWHILE.test(error.message)) return false;
    throw error;
  }
}
