import type { TypeCatalog } from '../render/type-catalog';
import type { Connection } from './connection';

/** Whose a connection is, and who is told of its life. */
export interface ConnectionOwner {
  readonly databaseId: string;
  readonly types: TypeCatalog;
  /** The connection is as new, and may serve the next request. */
  connectionClean(connection: Connection): void;
  /** Its backend goes on half a second after Postgres told it to end. Told once, if at all. */
  connectionStuck(connection: Connection): void;
  connectionClosed(connection: Connection): void;
}
