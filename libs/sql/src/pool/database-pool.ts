import type { KeyRole } from '@howdah/contracts';
import type { DatabasePlace, DatabaseRoute } from '@howdah/databases';
import { TypeCatalog } from '../render/type-catalog';
import type { Connection } from './connection';
import type { ConnectionOwner } from './connection-owner';

/** What the pools are told of a connection's life. */
export interface PoolEvents {
  clean(connection: Connection, pool: RolePool): void;
  stuck(connection: Connection): void;
  closed(connection: Connection, pool: RolePool): void;
}

/** The idle connections of one login; the last one used is the first to be used again. */
export class RolePool implements ConnectionOwner {
  readonly idle: Connection[] = [];

  constructor(
    readonly database: DatabasePool,
    readonly role: KeyRole,
    private readonly events: PoolEvents,
  ) {}

  get types(): TypeCatalog {
    return this.database.types;
  }

  get databaseId(): string {
    return this.database.databaseId;
  }

  connectionClean(connection: Connection): void {
    this.events.clean(connection, this);
  }

  connectionStuck(connection: Connection): void {
    this.events.stuck(connection);
  }

  connectionClosed(connection: Connection): void {
    this.events.closed(connection, this);
  }
}

/** The connections to one database under one set of limits. */
export class DatabasePool {
  readonly types = new TypeCatalog();
  readonly roles: Record<KeyRole, RolePool>;
  readonly databaseId: string;
  readonly accountId: string;
  readonly place: DatabasePlace;
  readonly statementMs: number;
  readonly connectionsMax: number;
  /** Connections that Postgres may still count: opening, open and closing. */
  open = 0;
  waiting = 0;
  /** Its database was dropped, moved or got other limits: nothing here is used again. */
  retired = false;

  constructor(route: DatabaseRoute, place: DatabasePlace, events: PoolEvents) {
    this.databaseId = route.id;
    this.accountId = route.accountId;
    this.place = place;
    this.statementMs = route.limits.statementMs;
    this.connectionsMax = route.limits.concurrencyMax;
    this.roles = {
      read: new RolePool(this, 'read', events),
      write: new RolePool(this, 'write', events),
      admin: new RolePool(this, 'admin', events),
    };
  }

  serves({ limits }: DatabaseRoute, place: DatabasePlace): boolean {
    if (limits.statementMs !== this.statementMs) return false;
    if (limits.concurrencyMax !== this.connectionsMax) return false;
    return (
      place === this.place ||
      (place.clusterId === this.place.clusterId &&
        place.host === this.place.host &&
        place.port === this.place.port &&
        place.name === this.place.name &&
        place.family === this.place.family)
    );
  }

  idleConnections(): Connection[] {
    return Object.values(this.roles).flatMap((pool) => pool.idle);
  }
}
