import type { DataSource, EntityManager } from 'typeorm';

/** The first argument of every write: what is written with one `Tx` happens together or not at all. */
export type Tx = EntityManager;

/** No network call and no enqueueing inside: both happen after the commit. */
export function transaction<T>(source: DataSource, work: (tx: Tx) => Promise<T>): Promise<T> {
  return source.transaction(work);
}
