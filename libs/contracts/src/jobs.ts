import type { DatabaseId } from './ids';

/**
 * Work for the provisioner, one entry a queue. A payload is the id of the row that says what is
 * to be done: the row is the truth, the job only a hint to look at it now.
 */
export interface Jobs {
  provision: { databaseId: DatabaseId };
  drop: { databaseId: DatabaseId };
  heal: { databaseId: DatabaseId };
}

export type QueueName = keyof Jobs;
