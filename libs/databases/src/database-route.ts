import type { DatabaseState, StorageLevel, WriteMode } from '@howdah/contracts';
import type { ClusterEntity } from './cluster.entity';
import type { DatabaseEntity } from './database.entity';
import type { PlanEntity } from './plan.entity';

/** Limits of a plan as the query path needs them; each is a column of the table `plan`. */
export interface PlanLimits {
  /** Wall time of one request's statements, in milliseconds. */
  statementMs: number;
  /** Rows of one result. */
  rowsMax: number;
  /** Size of the database on disk, in bytes. */
  sizeBytesMax: number;
  /** Size of one answer, in bytes. */
  responseBytesMax: number;
  /** Requests under way at once, in one gateway. */
  concurrencyMax: number;
  /** Requests started in a minute, over all gateways. */
  requestsPerMinute: number;
  /** Wall time of all statements that begin in a minute, in milliseconds, over all gateways. */
  computeMsPerMinute: number;
  /** Whether answers may be streamed. */
  streaming: boolean;
}

/** All that a query needs to know of its database: kept in memory, never looked up while it waits. */
export interface DatabaseRoute {
  id: string;
  accountId: string;
  state: DatabaseState;
  plan: string;
  limits: PlanLimits;
  writes: WriteMode;
  storage: { level: StorageLevel; usedBytes: number };
  /** Why it is closed, in state `suspended`. */
  suspension: string | null;
  /** Null until the database has a place, in state `requested`. */
  place: DatabasePlace | null;
}

/** Where a database is: its cluster's address, its name there, and its family of forks. */
export interface DatabasePlace {
  clusterId: string;
  host: string;
  port: number;
  name: string;
  family: string;
}

export function routeOf(
  database: DatabaseEntity,
  plan: PlanEntity,
  cluster: ClusterEntity | null,
): DatabaseRoute {
  const { physicalName: name, family } = database;
  return {
    id: database.id,
    accountId: database.accountId,
    state: database.state,
    plan: plan.id,
    limits: {
      statementMs: plan.statementMs,
      rowsMax: plan.rowsMax,
      sizeBytesMax: plan.sizeBytesMax,
      responseBytesMax: plan.responseBytesMax,
      concurrencyMax: plan.concurrencyMax,
      requestsPerMinute: plan.requestsPerMinute,
      computeMsPerMinute: plan.computeMsPerMinute,
      streaming: plan.streaming,
    },
    writes: writeModeOf(database),
    storage: { level: database.storageLevel, usedBytes: database.sizeBytes },
    suspension: database.suspension,
    place:
      cluster && name && family
        ? { clusterId: cluster.id, host: cluster.host, port: cluster.port, name, family }
        : null,
  };
}

export function writeModeOf({
  state,
  writesLocked,
}: Pick<DatabaseEntity, 'state' | 'writesLocked'>): WriteMode {
  if (writesLocked) return 'locked';
  return state === 'read_only' ? 'shrink' : 'open';
}
