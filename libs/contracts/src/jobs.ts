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
  /** Its writes are locked until its files hold no more of what was undone: vacuum it. */
  vacuum: { databaseId: DatabaseId };
  /** Write its tables anew, without the space that they hold and no longer use. */
  reclaim: { databaseId: DatabaseId };
}

export type QueueName = keyof Jobs;
