import { clusterSecret, REAPER_ROLE, rolePassword } from '@howdah/kernel';
import pg from 'pg';
import type { Backend } from './backend';

const CONNECTIONS_MAX = 2;
const IDLE_MS = 60_000;
const ANSWER_MS = 2_000;

/**
 * The process id alone could have become another's backend, so the login must match too.
 */
const TERMINATE_QUERY = `
  select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and usename = $2`;

/** `gone`: there is no such backend any more. */
export type Termination = 'told' | 'gone' | 'unreachable';

/** Ends backends that ignore a cancel, over a few connections a cluster as its reaper. */
export class Terminator {
  private readonly pools = new Map<string, pg.Pool>();

  constructor(
    private readonly rootSecret: string,
    private readonly ssl: pg.ClientConfig['ssl'],
  ) {}

  /** Never throws: the reaper in the provisioner ends what could not be ended here. */
  async terminate(backend: Backend): Promise<Termination> {
    try {
      const { processId, role } = backend;
      const { rowCount } = await this.pool(backend).query(TERMINATE_QUERY, [processId, role]);
      return rowCount === 0 ? 'gone' : 'told';
    } catch {
      return 'unreachable';
    }
  }

  async close(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map((pool) => pool.end()));
  }

  private pool({ clusterId, host, port }: Backend): pg.Pool {
    const key = `${clusterId} ${host}:${port}`;
    const existing = this.pools.get(key);
    if (existing) return existing;
    const pool = new pg.Pool({
      host,
      port,
      ssl: this.ssl,
      database: 'postgres',
      user: REAPER_ROLE,
      password: rolePassword(clusterSecret(this.rootSecret, clusterId), REAPER_ROLE),
      application_name: 'howdah',
      max: CONNECTIONS_MAX,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      allowExitOnIdle: true,
    });
    pool.on('error', () => undefined);
    this.pools.set(key, pool);
    return pool;
  }
}
