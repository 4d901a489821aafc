import type { DatabasePool } from './database-pool';

/** An account may have as many in any case: what its smallest plan promises one database. */
const ACCOUNT_MIN = 10;
const ACCOUNT_SHARE = 1 / 2;
/** Of the cap, for databases that have none open. */
const FIRSTS_SHARE = 1 / 10;

/**
 * Connections that Postgres may still count, and who may have another. One that was set aside counts
 * for its database alone: not in the cap, nor for its account.
 */
export class ConnectionCounts {
  /** All of them. */
  total = 0;
  /** Those in the cap. */
  private capped = 0;
  private readonly accountMax: number;
  private readonly keptForFirsts: number;
  private readonly byAccount = new Map<string, number>();

  constructor(private readonly connectionsMax: number) {
    this.accountMax = Math.max(ACCOUNT_MIN, Math.floor(connectionsMax * ACCOUNT_SHARE));
    this.keptForFirsts = Math.floor(connectionsMax * FIRSTS_SHARE);
  }

  get full(): boolean {
    return this.capped >= this.connectionsMax;
  }

  /** Of those in the cap. */
  ofAccount(accountId: string): number {
    return this.byAccount.get(accountId) ?? 0;
  }

  add(database: DatabasePool): void {
    this.total++;
    database.open++;
    this.cap(database, 1);
  }

  remove(database: DatabasePool): void {
    this.total--;
    database.open--;
    this.cap(database, -1);
  }

  /** One of this database leaves the cap, open as it is. */
  setAside(database: DatabasePool): void {
    this.cap(database, -1);
  }

  takeBack(database: DatabasePool): void {
    this.cap(database, 1);
  }

  databaseHasAll({ open, connectionsMax }: DatabasePool): boolean {
    return open >= connectionsMax;
  }

  accountHasAll({ accountId }: DatabasePool): boolean {
    return this.ofAccount(accountId) >= this.accountMax;
  }

  /** Whether the cap leaves room for one more of this database: idle ones can make place for it. */
  hasRoom({ open }: DatabasePool, idle: number): boolean {
    const kept = open === 0 ? 0 : this.keptForFirsts;
    return this.capped - idle < this.connectionsMax - kept;
  }

  /**
   * Whether a connection of `from` may be closed to open one of `to`. Where both want it, only if that
   * evens out what they have: else each request would cost a login.
   */
  mayMove(from: DatabasePool, to: DatabasePool): boolean {
    if (from.waiting === 0 || to.open === 0 || from === to) return true;
    if (from.accountId === to.accountId) return from.open > to.open + 1;
    return this.ofAccount(from.accountId) > this.ofAccount(to.accountId) + 1;
  }

  private cap({ accountId }: DatabasePool, by: number): void {
    this.capped += by;
    const count = this.ofAccount(accountId) + by;
    if (count > 0) this.byAccount.set(accountId, count);
    else this.byAccount.delete(accountId);
  }
}
