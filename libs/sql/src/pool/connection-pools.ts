import type { Socket } from 'node:net';
import type { KeyRole } from '@howdah/contracts';
import type { DatabasePlace, DatabaseRoute } from '@howdah/databases';
import { connectError, mayHeal, shuttingDown, TOO_MANY_CONNECTIONS } from '../errors/connect-error';
import type { Cancellation } from './cancellation';
import type { Backend } from './backend';
import { Connection } from './connection';
import { DatabasePool, type PoolEvents, type RolePool } from './database-pool';
import { Waiter } from './waiter';
import type { Watchdog } from './watchdog';

const SWEEP_MS = 5_000;
const RETRY_MS = 50;
const HEAL_RETRY_MS = 100;
/** A provisioner needs a moment to be told, and one for each role of the database. */
const HEAL_MS = 3_000;

export interface PoolOptions {
  /** Connections of this process to all databases together. */
  connectionsMax: number;
  /** An idle connection is closed after this. */
  idleMs: number;
  /** A request waits this long for a connection at most. */
  acquireMs: number;
  connect(
    place: DatabasePlace,
    role: KeyRole,
    statementMs: number,
  ): Promise<{ socket: Socket; backend: Backend }>;
  /** Asks for a database's passwords to be set to what they should be; does not wait for it. */
  healCredentials?: (databaseId: string) => Promise<void>;
}

export interface PoolStats {
  open: number;
  idle: number;
  waiting: number;
}

/**
 * Connections to all databases under one cap. A database's idle connection is used again; when
 * the cap is reached the connection idle for longest, whosesoever, makes room; when none is idle
 * requests wait in line. A connection counts until its socket has closed, so that Postgres never
 * sees more than the cap.
 */
export class ConnectionPools implements PoolEvents {
  private readonly pools = new Map<string, DatabasePool>();
  /** In order of use, the longest idle first. */
  private readonly idle = new Set<Connection>();
  private readonly closing = new Set<Connection>();
  private readonly queue: Waiter[] = [];
  private readonly sweeper: NodeJS.Timeout;
  private open = 0;
  private onDrained: (() => void) | null = null;

  constructor(
    private readonly options: PoolOptions,
    private readonly watchdog: Watchdog,
  ) {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** An idle connection at once, or null: then `acquire` waits for one. */
  take(route: DatabaseRoute, place: DatabasePlace, role: KeyRole): Connection | null {
    return this.takeIdle(this.poolOf(route, place).roles[role]);
  }

  /** Throws `busy`, `database_unreachable`, `database_not_ready`, `cancelled`, `shutting_down`. */
  acquire(
    route: DatabaseRoute,
    place: DatabasePlace,
    role: KeyRole,
    cancellation?: Cancellation,
  ): Promise<Connection> {
    if (this.onDrained) return Promise.reject(shuttingDown());
    const pool = this.poolOf(route, place).roles[role];
    const waiter = new Waiter(pool, this.options.acquireMs, cancellation, (gone) =>
      this.unqueue(gone),
    );
    if (!waiter.settled) this.enqueue(waiter);
    return waiter.connection;
  }

  /** Idle connections close now, busy ones when their request ends. */
  drop(databaseId: string): void {
    const pool = this.pools.get(databaseId);
    if (!pool) return;
    this.pools.delete(databaseId);
    pool.retired = true;
    for (const connection of pool.idleConnections()) this.shut(connection);
  }

  /** Waits until every connection has closed; requests under way end as they would. */
  async close(): Promise<void> {
    clearInterval(this.sweeper);
    const drained = new Promise<void>((resolve) => (this.onDrained = resolve));
    for (const waiter of this.queue.splice(0)) waiter.fail(shuttingDown());
    for (const id of this.pools.keys()) this.drop(id);
    if (this.open === 0) this.onDrained?.();
    await drained;
  }

  stats(): PoolStats {
    return { open: this.open, idle: this.idle.size, waiting: this.queue.length };
  }

  clean(connection: Connection, pool: RolePool): void {
    if (pool.database.retired || !connection.reusable) return this.shut(connection);
    connection.idleSince = performance.now();
    pool.idle.push(connection);
    this.idle.add(connection);
    if (this.queue.length > 0) this.serve();
  }

  closed(connection: Connection, pool: RolePool): void {
    this.closing.delete(connection);
    this.forgetIdle(connection, pool);
    this.leave(pool);
  }

  private poolOf(route: DatabaseRoute, place: DatabasePlace): DatabasePool {
    const existing = this.pools.get(route.id);
    if (existing?.serves(route, place)) return existing;
    this.drop(route.id);
    const pool = new DatabasePool(route, place, this);
    this.pools.set(route.id, pool);
    return pool;
  }

  private takeIdle(pool: RolePool): Connection | null {
    for (;;) {
      const connection = pool.idle.pop();
      if (connection === undefined) return null;
      this.idle.delete(connection);
      if (connection.reusable) return connection;
      this.shut(connection);
    }
  }

  private enqueue(waiter: Waiter): void {
    waiter.opening = false;
    waiter.pool.database.waiting++;
    this.queue.push(waiter);
    this.serve();
  }

  private unqueue(waiter: Waiter): void {
    const at = this.queue.indexOf(waiter);
    if (at < 0) return;
    this.queue.splice(at, 1);
    waiter.pool.database.waiting--;
  }

  /** Gives those who wait, first come first served, what there is to give. */
  private serve(): void {
    let roomWanted = 0;
    for (let at = 0; at < this.queue.length;) {
      const waiter = this.queue[at]!;
      const { database } = waiter.pool;
      const connection = this.takeIdle(waiter.pool);
      if (connection !== null) {
        this.unqueue(waiter);
        waiter.give(connection);
      } else if (database.open >= database.connectionsMax) {
        const otherLogin = database.idleConnections()[0];
        if (otherLogin) this.shut(otherLogin);
        at++;
      } else if (this.open < this.options.connectionsMax) {
        this.unqueue(waiter);
        void this.openFor(waiter);
      } else {
        roomWanted++;
        if (roomWanted > this.closing.size && !this.shutLongestIdle()) return;
        at++;
      }
    }
  }

  private async openFor(waiter: Waiter): Promise<void> {
    const { pool } = waiter;
    waiter.opening = true;
    this.open++;
    pool.database.open++;
    try {
      const { place, statementMs } = pool.database;
      const { socket, backend } = await this.options.connect(place, pool.role, statementMs);
      const connection = new Connection(socket, backend, pool, this.watchdog);
      if (waiter.settled) this.clean(connection, pool);
      else waiter.give(connection);
    } catch (error) {
      this.leave(pool);
      this.afterRefusal(waiter, error);
    }
  }

  /** What Postgres refuses for a moment is asked for again, what was healed until it takes effect. */
  private afterRefusal(waiter: Waiter, error: unknown): void {
    if (waiter.settled) return;
    const { code } = error as { code?: string };
    if (code === TOO_MANY_CONNECTIONS) this.tryAgain(waiter, RETRY_MS);
    else if (mayHeal(code) && this.healing(waiter)) this.tryAgain(waiter, HEAL_RETRY_MS);
    else waiter.fail(connectError(error));
  }

  /** Asks for the login to be healed, once; answers whether that may still come to be. */
  private healing(waiter: Waiter): boolean {
    const { healCredentials } = this.options;
    if (!healCredentials) return false;
    const now = performance.now();
    if (waiter.healingSince === null) {
      waiter.healingSince = now;
      healCredentials(waiter.pool.database.databaseId).catch(() => undefined);
    }
    return now < waiter.healingSince + HEAL_MS;
  }

  private tryAgain(waiter: Waiter, afterMs: number): void {
    waiter.opening = false;
    setTimeout(() => {
      if (!waiter.settled) this.enqueue(waiter);
    }, afterMs);
  }

  /** A connection is gone, or never came to be: there is room for another. */
  private leave(pool: RolePool): void {
    this.open--;
    pool.database.open--;
    if (this.queue.length > 0) this.serve();
    if (this.open === 0) this.onDrained?.();
  }

  private shutLongestIdle(): boolean {
    for (const connection of this.idle) {
      this.shut(connection);
      return true;
    }
    return false;
  }

  private shut(connection: Connection): void {
    this.forgetIdle(connection, connection.owner as RolePool);
    if (connection.open) this.closing.add(connection);
    connection.close();
  }

  private forgetIdle(connection: Connection, pool: RolePool): void {
    if (!this.idle.delete(connection)) return;
    const at = pool.idle.indexOf(connection);
    if (at >= 0) pool.idle.splice(at, 1);
  }

  private sweep(): void {
    const idleBefore = performance.now() - this.options.idleMs;
    for (const connection of this.idle) {
      if (connection.idleSince > idleBefore) break;
      this.shut(connection);
    }
    for (const [id, pool] of this.pools) {
      if (pool.open === 0 && pool.waiting === 0) this.pools.delete(id);
    }
  }
}
