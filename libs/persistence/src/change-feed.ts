import { EventEmitter } from 'node:events';
import { Client } from 'pg';

/** The tables whose rows processes remember; each has a trigger that announces its changes. */
export type ChangingTable = 'account_token' | 'cluster' | 'database' | 'database_key' | 'plan';

/** `null`: notifications may have been missed, so anything may have changed. */
type Listener = (id: string | null) => void;

const RECONNECT_AFTER_MS = 500;
/** A path that is cut says nothing by itself; without an answer by then the feed is not believed. */
const BEAT_EVERY_MS = 3_000;
const BEAT_ANSWER_MS = 2_000;

/**
 * Rows that changed, as Postgres announces them (LISTEN, channel `howdah_changes`). While the
 * connection is down `healthy` is false, and whoever remembers rows must not trust its memory.
 */
export class ChangeFeed {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private client: Client | undefined;
  private closed = false;
  private connected = false;
  private beat: NodeJS.Timeout | undefined;

  constructor(private readonly url: string) {}

  get healthy(): boolean {
    return this.connected;
  }

  subscribe(table: ChangingTable, listener: Listener): void {
    this.emitter.on(table, listener);
  }

  async open(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'howdah-change-feed',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => {});
    client.on('end', () => this.lost(client));
    client.on('notification', ({ payload = '' }) => {
      const [table = '', id = ''] = payload.split(':');
      this.emitter.emit(table, id);
    });
    this.client = client;
    await client.connect();
    await client.query('listen howdah_changes');
    this.connected = true;
    this.forgetEverything();
    this.beat = setInterval(() => this.checkAlive(client), BEAT_EVERY_MS).unref();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.beat);
    await this.client?.end();
  }

  private lost(client: Client): void {
    if (this.closed || this.client !== client) return;
    clearInterval(this.beat);
    this.connected = false;
    this.client = undefined;
    this.forgetEverything();
    setTimeout(() => this.reopen(), RECONNECT_AFTER_MS).unref();
  }

  private checkAlive(client: Client): void {
    const late = setTimeout(() => this.giveUp(client), BEAT_ANSWER_MS);
    client
      .query('select 1')
      .catch(() => this.giveUp(client))
      .finally(() => clearTimeout(late));
  }

  private giveUp(client: Client): void {
    client.end().catch(() => {});
    this.lost(client);
  }

  private reopen(): void {
    if (this.closed || this.client) return;
    this.open().catch(() => {
      this.client?.end().catch(() => {});
      this.client = undefined;
      setTimeout(() => this.reopen(), RECONNECT_AFTER_MS).unref();
    });
  }

  private forgetEverything(): void {
    for (const table of this.emitter.eventNames()) this.emitter.emit(table, null);
  }
}
