import { AppError } from '@howdah/kernel';
import pg from 'pg';

/** Where the catalogs that all databases share are read, and databases made. */
const HOME_DATABASE = 'postgres';
const CONNECTIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 30_000;
const STATEMENT_TIMEOUT_MS = 60_000;
const LOCK_TIMEOUT_MS = 30_000;
const RETRY_AFTER_SECONDS = 5;

/** The lock under which a cluster is prepared: "howdah" in ASCII, in the home database only. */
const PREPARE_LOCK = '114814459961704';

/** SQLSTATE: shut down, crashed, starting up, out of connections. */
const UNREACHABLE = /^(08...|57P0[123]|53300)$/;

/**
 * A superuser inside a customer's database must not run the customer's code: with another search
 * path even `lower('x')` may be theirs. The limits replace those of the cluster, which are meant
 * for tenants and too short for CREATE DATABASE.
 */
const SESSION_OPTIONS = [
  'search_path=pg_catalog',
  `statement_timeout=${STATEMENT_TIMEOUT_MS}`,
  `lock_timeout=${LOCK_TIMEOUT_MS}`,
  `idle_in_transaction_session_timeout=${STATEMENT_TIMEOUT_MS}`,
  'client_min_messages=warning',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

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
  readonly #config: (database: string) => pg.ClientConfig;
  readonly #pool: pg.Pool;

  constructor(clusterId: string, adminUrl: string) {
    const url = new URL(adminUrl);
    this.#clusterId = clusterId;
    this.#config = (database) => {
      url.pathname = `/${database}`;
      url.searchParams.set('options', SESSION_OPTIONS);
      return {
        connectionString: url.href,
        application_name: 'howdah-cluster',
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: STATEMENT_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
        keepAlive: true,
      };
    };
    this.#pool = new pg.Pool({ ...this.#config(HOME_DATABASE), max: CONNECTIONS_MAX });
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

  /** Sends one text to another database. The session has ended, for us, when this returns. */
  async inDatabase(database: string, sql: string): Promise<void> {
    const client = new pg.Client(this.#config(database));
    client.on('error', () => undefined);
    try {
      await client.connect().catch((error: unknown) => this.#fail(error, true));
      await this.#query(client, sql);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  async #withHome<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => this.#fail(error, true));
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
    const result = await client
      .query<Row>(sql, values)
      .catch((error: unknown) => this.#fail(error, false));
    return result.rows;
  }

  #fail(error: unknown, connecting: boolean): never {
    const state = sqlState(error);
    if (!connecting && state !== undefined && !UNREACHABLE.test(state)) throw error;
    throw new AppError(
      'database_unreachable',
      `The cluster ${this.#clusterId} cannot be reached.`,
      { retryAfter: RETRY_AFTER_SECONDS },
      { cause: error },
    );
  }
}

/** The SQLSTATE of a Postgres error; undefined for a failure of the network or the client. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}
