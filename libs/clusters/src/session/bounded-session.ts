import pg from 'pg';
import { connectError, queryError, sqlState } from './cluster-error';
import type { Run } from './admin-connection';

/**
 * One connection that is kept, for what must go on when a cluster is full or slow. A call that finds
 * it gone makes it anew; one without an answer in time fails, and the connection is given up.
 */
export class BoundedSession {
  readonly #clusterId: string;
  readonly #config: pg.ClientConfig;
  #client: Promise<pg.Client> | null = null;
  /** The one that `#client` has come to. */
  #current: pg.Client | null = null;

  /** The config says how long to wait for a connection and for an answer. */
  constructor(clusterId: string, config: pg.ClientConfig) {
    this.#clusterId = clusterId;
    this.#config = config;
  }

  readonly run: Run = async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => {
    const client = await this.#connected();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } catch (error) {
      // An error of Postgres leaves the session as it was; after any other its state is unknown.
      if (sqlState(error) === undefined) this.#giveUp(client);
      throw queryError(this.#clusterId, error);
    }
  };

  async end(): Promise<void> {
    const connecting = this.#client;
    this.#client = null;
    const client = await connecting?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  /** Callers at once share the one connection that is being made. */
  #connected(): Promise<pg.Client> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#config);
    client.on('error', () => undefined);
    client.once('end', () => this.#forget(client));
    try {
      await client.connect();
      this.#current = client;
      return client;
    } catch (error) {
      client.end().catch(() => undefined);
      throw connectError(this.#clusterId, this.#config.database ?? '', error);
    }
  }

  #giveUp(client: pg.Client): void {
    this.#forget(client);
    client.end().catch(() => undefined);
  }

  #forget(client: pg.Client): void {
    if (this.#current !== client) return;
    this.#current = null;
    this.#client = null;
  }
}
