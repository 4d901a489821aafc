import type { Socket } from 'node:net';
import type { KeyRole } from '@howdah/contracts';
import type { DatabasePlace, DatabaseRoute } from '@howdah/databases';
import { backendStuck, connectError, shuttingDown } from '../errors/connect-error';
import type { Cancellation } from './cancellation';
import type { Backend } from './backend';
import { Connection } from './connection';
import { ConnectionCounts } from './connection-counts';
import { DatabasePool, type PoolEvents, type RolePool } from './database-pool';
import { Handshakes } from './handshakes';
import { type HealCredentials, RefusedLogins } from './refused-logins';
import { StuckConnections } from './stuck-connections';
import { Waiter } from './waiter';
import { WaitingLine } from './waiting-line';
import type { Watchdog } from './watchdog';

const SWEEP_MS = 5_000;

export interface PoolOptions {
  /** Connections of this process to all databases together, without those that are set aside. */
  connectionsMax: number;
  /** As many stuck ones are set aside; further ones count among `connectionsMax` again. */
  stuckMax: number;
  /** An idle connection is closed after this. */
  idleMs: number;
  /** A request waits this long for a connection at most. */
  acquireMs: number;
  connect(
    place: DatabasePlace,
    role: KeyRole,
    statementMs: number,
  ): Promise<{ socket: Socket; backend: Backend }>;
  healCredentials?: HealCredentials | undefined;
}

export interface PoolStats {
  /** Stuck ones too. */
  open: number;
  idle: number;
  waiting: number;
  /** Told to end more than half a second ago, and still there. */
  stuck: number;
}

/**
 * Connections to all databases under one cap. A database's idle connection is used again; when
 * the cap is reached the connection idle for longest, whosesoever, makes room; when none is idle
 * requests wait in line, where those of accounts with few connections go first. A connection counts
 * from its first byte until its socket has closed; one that is stuck, within the bound of those, no
 * longer in the cap. So Postgres never sees more than `connectionsMax` + `stuckMax`.
 */
export class ConnectionPools implements PoolEvents {
  private readonly pools = new Map<string, DatabasePool>();
  /** In order of use, the longest idle first. */
  private readonly idle = new Set<Connection>();
  private readonly closing = new Set<Connection>();
  private readonly counts: ConnectionCounts;
  private readonly stuckOnes: StuckConnections;
  private readonly line: WaitingLine;
  private readonly handshakes: Handshakes;
  private readonly refused: RefusedLogins;
  private readonly sweeper: NodeJS.Timeout;
  private onDrained: (() => void) | null = null;

  constructor(
    private readonly options: PoolOptions,
    private readonly watchdog: Watchdog,
  ) {
    const { connectionsMax, stuckMax, healCredentials } = options;
    this.counts = new ConnectionCounts(connectionsMax);
    this.stuckOnes = new StuckConnections(stuckMax, this.counts);
    this.line = new WaitingLine((accountId) => this.counts.ofAccount(accountId));
    this.handshakes = new Handshakes(connectionsMax, () => this.serve());
    this.refused = new RefusedLogins(healCredentials);
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
    for (const waiter of this.line.inOrder()) {
      this.unqueue(waiter);
      waiter.fail(shuttingDown());
    }
    for (const id of this.pools.keys()) this.drop(id);
    if (this.counts.total === 0) this.onDrained?.();
    await drained;
  }

  stats(): PoolStats {
    return {
      open: this.counts.total,
      idle: this.idle.size,
      waiting: this.line.length,
      stuck: this.stuckOnes.size,
    };
  }

  /** Whether a database has a backend that was told to end half a second ago, and goes on. */
  isStuck(databaseId: string): boolean {
    return this.stuckOnes.isOf(databaseId);
  }

  clean(connection: Connection, pool: RolePool): void {
    if (pool.database.retired || !connection.reusable) return this.shut(connection);
    connection.idleSince = performance.now();
    pool.idle.push(connection);
    this.idle.add(connection);
    this.serve();
  }

  /** Its place is free, if it may be set aside; its database gets no other until it is gone. */
  stuck(connection: Connection): void {
    this.closing.delete(connection);
    this.stuckOnes.add(connection);
    for (const waiter of this.line.inOrder()) {
      if (!this.isStuck(waiter.pool.databaseId)) continue;
      this.unqueue(waiter);
      waiter.fail(backendStuck());
    }
    this.serve();
  }

  closed(connection: Connection, pool: RolePool): void {
    this.closing.delete(connection);
    this.stuckOnes.remove(connection);
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
    waiter.openingSince = null;
    waiter.pool.database.waiting++;
    this.line.add(waiter);
    this.serve();
  }

  private unqueue(waiter: Waiter): void {
    if (this.line.remove(waiter)) waiter.pool.database.waiting--;
  }

  /** Gives those who wait what there is to give. */
  private serve(): void {
    if (this.line.length === 0) return;
    let roomWanted = 0;
    for (const waiter of this.line.inOrder()) {
      if (!this.hasToGive) return;
      const { database } = waiter.pool;
      const connection = this.takeIdle(waiter.pool);
      if (connection !== null) {
        this.unqueue(waiter);
        waiter.give(connection);
      } else if (this.counts.databaseHasAll(database)) {
        this.shutIdleWhere((pool) => pool === database);
      } else if (this.counts.accountHasAll(database)) {
        this.shutIdleWhere((pool) => pool.accountId === database.accountId);
      } else if (!this.counts.hasRoom(database, this.idle.size)) {
        continue;
      } else if (this.counts.full) {
        if (roomWanted < this.closing.size || this.makeRoom(database)) roomWanted++;
      } else if (this.handshakes.mayBeginAt(database.place.clusterId)) {
        this.unqueue(waiter);
        void this.openFor(waiter);
      }
    }
  }

  private get hasToGive(): boolean {
    return this.idle.size > 0 || (!this.counts.full && this.handshakes.mayBegin);
  }

  private async openFor(waiter: Waiter): Promise<void> {
    const { pool } = waiter;
    const { place, statementMs } = pool.database;
    waiter.openingSince = performance.now();
    this.counts.add(pool.database);
    try {
      const { socket, backend } = await this.handshakes.run(place.clusterId, () =>
        this.options.connect(place, pool.role, statementMs),
      );
      const connection = new Connection(socket, backend, pool, this.watchdog);
      if (waiter.settled) this.clean(connection, pool);
      else waiter.give(connection);
    } catch (error) {
      this.leave(pool);
      this.afterRefusal(waiter, error);
    }
  }

  private afterRefusal(waiter: Waiter, error: unknown): void {
    if (waiter.settled) return;
    const afterMs = this.refused.retryMs(waiter, error);
    if (afterMs === null) return waiter.fail(connectError(error));
    waiter.openingSince = null;
    setTimeout(() => {
      if (!waiter.settled) this.enqueue(waiter);
    }, afterMs);
  }

  /** A connection is gone, or never came to be: there is room for another. */
  private leave(pool: RolePool): void {
    this.counts.remove(pool.database);
    this.serve();
    if (this.counts.total === 0) this.onDrained?.();
  }

  private makeRoom(wanting: DatabasePool): boolean {
    return this.shutIdleWhere((database) => this.counts.mayMove(database, wanting));
  }

  /** The one idle for longest; answers whether there was one. */
  private shutIdleWhere(fits: (database: DatabasePool) => boolean): boolean {
    for (const connection of this.idle) {
      if (!fits((connection.owner as RolePool).database)) continue;
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
