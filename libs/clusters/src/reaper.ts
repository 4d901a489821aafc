import { REAPER_ROLE } from '@howdah/kernel';
import type { ClusterContext } from './cluster-context';
import { RECLAIM_LOCK_CLASS } from './storage/reclaim-lock';
import { BoundedSession } from './session/bounded-session';
import { adminSettings, HOME_DATABASE, sessionConfig } from './session/session-config';
import { sqlState } from './session/cluster-error';
import { TENANT_DATABASES, TENANT_ROLES } from './tenant/tenant';

const ANSWER_MS = 2_000;
const NOT_ALLOWED = '42501';

/** A backend, told apart from a later one with the same process id. */
export interface BackendId {
  pid: number;
  /** `backend_start` as text. */
  startedAt: string;
}

export interface OverdueBackend extends BackendId {
  database: string;
  role: string;
  /** Milliseconds since its transaction or its statement began, the longer of the two. */
  ageMs: number;
  state: string;
}

/** An autovacuum worker that analyzes: there it runs the expressions of a tenant's indexes. */
export interface SlowAnalyze extends BackendId {
  database: string;
  /** Oid. */
  relation: number;
}

/**
 * A procedure that commits in a loop keeps its transaction young, a transaction of many statements
 * its statement: the older of both counts.
 */
const OVERDUE_QUERY = `
  SELECT pid, backend_start::text AS "startedAt", datname AS database, usename AS role, state,
    (extract(epoch FROM clock_timestamp() - began) * 1000)::float8 AS "ageMs"
  FROM pg_stat_activity, LATERAL (SELECT least(
    xact_start, CASE WHEN state IN ('active', 'fastpath function call') THEN query_start END)) AS s (began)
  WHERE backend_type = 'client backend' AND usename ~ $1 AND state <> 'idle'
    AND began < clock_timestamp() - $2 * interval '1 millisecond'`;

/** Sessions that reclaim() lets work longer. A tenant cannot hold a lock in the home database. */
const RECLAIMING_QUERY = `
  SELECT l.objid::int AS pid FROM pg_locks l JOIN pg_stat_activity holder ON holder.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.classid = ${RECLAIM_LOCK_CLASS} AND l.objsubid = 2 AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND holder.usename !~ $1`;

const ANALYZING_QUERY = `
  SELECT a.pid, a.backend_start::text AS "startedAt", p.datname AS database, p.relid::int8::float8 AS relation
  FROM pg_stat_progress_analyze p JOIN pg_stat_activity a ON a.pid = p.pid
  WHERE a.backend_type = 'autovacuum worker' AND p.datname ~ $1`;

/** Matched by both parts of a backend's identity, and only tenants' and autovacuum's in theirs. */
const backendsOf = (kind: string) => `
  SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
  JOIN unnest($1::int[], $2::timestamptz[]) AS wanted (pid, started)
    ON wanted.pid = a.pid AND wanted.started = a.backend_start
  WHERE ${kind}`;
const END_CLIENTS = backendsOf(`a.backend_type = 'client backend' AND a.usename ~ $3`);
const END_WORKERS = backendsOf(`a.backend_type = 'autovacuum worker' AND a.datname ~ $3`);

/**
 * Sees which of tenants' sessions are overdue, and ends them, over a connection of its own that is
 * set aside for it. Every call has its answer within seconds or throws `database_unreachable`.
 */
export class Reaper {
  readonly #session: BoundedSession;
  /** Before 18 only a superuser may end an autovacuum worker. Connected when first needed. */
  readonly #admin: BoundedSession;
  readonly #cluster: ClusterContext;

  constructor(cluster: ClusterContext) {
    const config = (login?: { user: string; password: string }) =>
      sessionConfig(cluster.adminUrl, {
        database: HOME_DATABASE,
        login,
        settings: {
          ...adminSettings({ statementTimeoutMs: ANSWER_MS, lockTimeoutMs: ANSWER_MS }),
          // `startedAt` is text for others to hand back.
          TimeZone: 'UTC',
          DateStyle: 'ISO',
        },
        connectTimeoutMs: ANSWER_MS,
        answerTimeoutMs: ANSWER_MS,
      });
    const login = { user: REAPER_ROLE, password: cluster.passwordOf(REAPER_ROLE) };
    this.#cluster = cluster;
    this.#session = new BoundedSession(cluster.id, config(login));
    this.#admin = new BoundedSession(cluster.id, config());
  }

  /** Tenants' sessions whose statement or transaction began longer ago; reclaim()'s left out. */
  async overdue(olderThanMs: number): Promise<OverdueBackend[]> {
    const backends = await this.#session.run<OverdueBackend>(OVERDUE_QUERY, [
      TENANT_ROLES,
      olderThanMs,
    ]);
    // The lock table is looked through for reasons only: every look stops all who lock something.
    if (backends.length === 0) return backends;
    const reclaiming = await this.#session.run<{ pid: number }>(RECLAIMING_QUERY, [TENANT_ROLES]);
    const spared = new Set(reclaiming.map(({ pid }) => pid));
    return backends.filter(({ pid }) => !spared.has(pid));
  }

  /** Autovacuum workers that analyze something in tenants' databases. */
  analyzing(): Promise<SlowAnalyze[]> {
    return this.#session.run<SlowAnalyze>(ANALYZING_QUERY, [TENANT_DATABASES]);
  }

  /** Asks these to end, those of them that are tenants' or work in a tenant's database. */
  async terminate(backends: readonly BackendId[]): Promise<void> {
    if (backends.length === 0) return;
    const ids = [backends.map(({ pid }) => pid), backends.map(({ startedAt }) => startedAt)];
    await this.#session.run(END_CLIENTS, [...ids, TENANT_ROLES]);
    const { major, rights } = await this.#cluster.traits();
    const byReaper = major >= 18 || !rights.superuser;
    const { run } = byReaper ? this.#session : this.#admin;
    await run(END_WORKERS, [...ids, TENANT_DATABASES]).catch((error: unknown) => {
      // A managed cluster's own findings say so.
      if (sqlState(error) !== NOT_ALLOWED) throw error;
    });
  }

  async end(): Promise<void> {
    await Promise.all([this.#session.end(), this.#admin.end()]);
  }
}
