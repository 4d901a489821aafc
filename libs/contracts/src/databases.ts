import { z } from 'zod';
import { OriginPattern, type NewKeyView } from './keys';

export const DATABASE_STATES = [
  'requested',
  'creating',
  'ready',
  'forking',
  'restoring',
  'read_only',
  'suspended',
  'deleting',
  'deleted',
  'failed',
] as const;
export type DatabaseState = (typeof DATABASE_STATES)[number];

/** `POST /v1/databases`. `origins` are those of the first key. */
export const CreateDatabase = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
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
