import type { DatabaseId } from './ids';

/**
 * Work for the provisioner, one entry a queue. A payload is the id of the row that says what is
 * to be done: the row is the truth, the job only a hint to look at it now.
 */
export interface Jobs {
  provision: { databaseId: DatabaseId };
  drop: { databaseId: DatabaseId };
  heal: { databaseId: DatabaseId };
  /** Its cluster is to follow the row: connections of its plan, logins open or closed. */
  apply: { databaseId: DatabaseId };
  /** It has worked enough to have grown: measure it now. */
  meter: { databaseId: DatabaseId };
  /** Give back what its tables hold and no longer use. */
  reclaim: { databaseId: DatabaseId };
}

export type QueueName = keyof Jobs;
