import type { DatabaseState } from '@howdah/contracts';

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
  /** Whether answers may be streamed. */
  streaming: boolean;
}

/** All that a query needs to know of its database: kept in memory, never looked up while it waits. */
export interface DatabaseRoute {
  id: string;
  state: DatabaseState;
  plan: string;
  limits: PlanLimits;
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
