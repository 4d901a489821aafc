import pg from 'pg';
import { connectError, queryError } from './cluster-error';
import { adminSettings, HOME_DATABASE, sessionConfig } from './session-config';

const CONNECTIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 30_000;
/** What a client waits beyond the limits of its statement, which the server holds. */
const ANSWER_MARGIN_MS = 30_000;

/** The lock under which a cluster is prepared: "howdah" in ASCII, in the home database only. */
const PREPARE_LOCK = '114814459961704';

export interface SessionLimits {
  statementTimeoutMs: number;
  lockTimeoutMs: number;
}

const USUAL_LIMITS: SessionLimits = { statementTimeoutMs: 60_000, lockTimeoutMs: 30_000 };

/** Runs SQL; without values the text may hold many statements, which then are one transaction. */
export type Run = <Row extends pg.QueryResultRow>(
  sql: string,
  values?: unknown[],
) => Promise<Row[]>;

/**
 * The admin's sessions on one cluster: a small pool on the home database, and a client for a moment
 * in any other, since a session that stays would be in the way of copying or dropping it.
 *
 * Throws `database_unreachable` where the cluster cannot be spoken to; Postgres' own errors pass.
 */
export class AdminConnection {
  readonly #clusterId: string;
  readonly #adminUrl: string;
  readonly #pool: pg.Pool;

  constructor(clusterId: string, adminUrl: string) {
    this.#clusterId = clusterId;
    this.#adminUrl = adminUrl;
    this.#pool = new pg.Pool({
      ...this.#config(HOME_DATABASE, USUAL_LIMITS),
      max: CONNECTIONS_MAX,
    });
    // A connection that breaks fails the query under way and is replaced at the next use. The event
    // tells nothing more, yet unheard it would end the process: the pool hears it of idle ones only.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  readonly home: Run = (sql, values) => this.#withHome((run) => run(sql, values));

  /** Runs `work` while no other process, here or elsewhere, is preparing the same cluster. */
  prepareAlone<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#withHome(async (run) => {
      await run(`SELECT pg_advisory_lock(${PREPARE_LOCK})`);
      const result = await work(run);
      await run(`SELECT pg_advisory_unlock(${PREPARE_LOCK})`);
      return result;
    });
  }

  /**
   * Sends one text to another database. The session has ended, for us, when this returns.
   *
   * @throws AppError `not_found` when there is no such database, `state_conflict` when it admits nobody
   */
  async inDatabase<Row extends pg.QueryResultRow>(
    database: string,
    sql: string,
    limits: SessionLimits = USUAL_LIMITS,
  ): Promise<Row[]> {
    return this.session(database, limits, (run) => run<Row>(sql));
  }

  /** A session of its own for as long as `work` takes, beside the pool. */
  async session<T>(
    database: string,
    limits: SessionLimits,
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    const client = new pg.Client(this.#config(database, limits));
    client.on('error', () => undefined);
    try {
      await client.connect().catch((error: unknown) => this.#failToConnect(error, database));
      return await work((sql, values) => this.#query(client, sql, values));
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  #config(database: string, limits: SessionLimits): pg.ClientConfig {
    return sessionConfig(this.#adminUrl, {
      database,
      settings: adminSettings(limits),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      answerTimeoutMs: limits.statementTimeoutMs + ANSWER_MARGIN_MS,
    });
  }

  async #withHome<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const client = await this.#pool
      .connect()
      .catch((error: unknown) => this.#failToConnect(error, HOME_DATABASE));
    let failed = true;
    try {
      const result = await work((sql, values) => this.#query(client, sql, values));
      failed = false;
      return result;
    } finally {
      // A session that failed is closed: it might still hold the lock, or its answer be under way.
      client.release(failed);
    }
  }

  async #query<Row extends pg.QueryResultRow>(
    client: pg.ClientBase,
    sql: string,
    values?: unknown[],
  ): Promise<Row[]> {
    const result = await client.query<Row>(sql, values).catch((error: unknown) => {
      throw queryError(this.#clusterId, error);
    });
    return result.rows;
  }

  #failToConnect(error: unknown, database: string): never {
    throw connectError(this.#clusterId, database, error);
  }
}
