import { z } from 'zod';
import { Name } from './text';
import { OriginPattern, type NewKeyView } from './keys';

export type DatabaseState =
  | 'requested'
  | 'creating'
  | 'ready'
  | 'forking'
  | 'restoring'
  | 'read_only'
  | 'suspended'
  | 'deleting'
  | 'deleted'
  | 'failed';

/** `POST /v1/databases`. `origins` are those of the first key. */
export const CreateDatabase = z.strictObject({
  name: Name.optional(),
  origins: z.array(OriginPattern).min(1).max(50).optional(),
});
export type CreateDatabase = z.output<typeof CreateDatabase>;

export interface LimitsView {
  /** Wall time of one request's statements, in milliseconds. */
  statementMs: number;
  /** Rows of one result. */
  rows: number;
  /** Size of the database on disk. */
  bytes: number;
}

export interface DatabaseView {
  id: string;
  name: string;
  url: string;
  state: DatabaseState;
  /** Why the last attempt to make it failed; null when none did. */
  failure: string | null;
  plan: string;
  limits: LimitsView;
  sizeBytes: number;
  parentId: string | null;
  appId: string | null;
  createdAt: string;
}

export interface NewDatabaseView {
  database: DatabaseView;
  key: NewKeyView;
}
