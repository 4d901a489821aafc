import type { ConnectionCounts } from './connection-counts';
import type { Connection } from './connection';
import type { RolePool } from './database-pool';

/**
 * Connections whose backends go on though they were told to end. Up to a bound they are set aside of
 * all that is shared: who makes them cannot take the neighbours' connections by them. Those beyond it
 * count there until one that was set aside is gone.
 */
export class StuckConnections {
  private readonly aside = new Set<Connection>();
  /** In order of when they were found. */
  private readonly beyond = new Set<Connection>();
  private readonly byDatabase = new Map<string, number>();

  constructor(
    private readonly stuckMax: number,
    private readonly counts: ConnectionCounts,
  ) {}

  get size(): number {
    return this.aside.size + this.beyond.size;
  }

  /** Whether a database has one. */
  isOf(databaseId: string): boolean {
    return this.byDatabase.has(databaseId);
  }

  add(connection: Connection): void {
    if (this.has(connection)) return;
    this.change(connection, 1);
    if (this.aside.size < this.stuckMax) this.setAside(connection);
    else this.beyond.add(connection);
  }

  /** It is gone. One that is not stuck is none of these. */
  remove(connection: Connection): void {
    if (!this.has(connection)) return;
    this.change(connection, -1);
    if (this.beyond.delete(connection)) return;
    this.aside.delete(connection);
    this.counts.takeBack(databaseOf(connection));
    for (const next of this.beyond) {
      this.beyond.delete(next);
      return this.setAside(next);
    }
  }

  private has(connection: Connection): boolean {
    return this.aside.has(connection) || this.beyond.has(connection);
  }

  private setAside(connection: Connection): void {
    this.aside.add(connection);
    this.counts.setAside(databaseOf(connection));
  }

  private change({ owner }: Connection, by: number): void {
    const count = (this.byDatabase.get(owner.databaseId) ?? 0) + by;
    if (count > 0) this.byDatabase.set(owner.databaseId, count);
    else this.byDatabase.delete(owner.databaseId);
  }
}

const databaseOf = ({ owner }: Connection) => (owner as RolePool).database;
