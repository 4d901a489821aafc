import { z } from 'zod';
import { Name, StorableText } from './text';
import { OriginPattern, type NewKeyView } from './keys';

export const DatabaseState = z.enum([
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
]);
export type DatabaseState = z.output<typeof DatabaseState>;

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
  /** Wall time of all statements that begin in one minute, in milliseconds. */
  computeMsPerMinute: number;
}

/** `near` from 80 % of a limit on, `full` past it. */
export type StorageLevel = 'ok' | 'near' | 'full';

/**
 * What may be written: anything; only what leaves the database no larger; nothing, until what an
 * undone write has left in its files is cleared away.
 */
export type WriteMode = 'open' | 'shrink' | 'locked';

export interface UsageView {
  used: number;
  limit: number;
}

/** What a database holds, against what its plan allows. */
export interface StorageView {
  level: StorageLevel;
  usedBytes: number;
  limitBytes: number;
  writes: WriteMode;
  objects: { relations: UsageView; functions: UsageView; largeObjects: UsageView };
  /** Null until it was measured for the first time. */
  measuredAt: string | null;
  /** A reclaim was asked for and has not ended. */
  reclaiming: boolean;
}

/** Why a database was closed, and since when. An operator lifts it. */
export interface SuspensionView {
  reason: string;
  at: string;
}

/** `GET /v1/operator/databases?state=suspended`. */
export const DatabasesInState = z.strictObject({ state: DatabaseState });
export type DatabasesInState = z.output<typeof DatabasesInState>;

/** `POST /v1/operator/databases/{id}/suspend`. The owner reads the reason. */
export const SuspendDatabase = z.strictObject({ reason: StorableText.trim().min(1).max(500) });
export type SuspendDatabase = z.output<typeof SuspendDatabase>;

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
  storage: StorageView;
  suspension: SuspensionView | null;
  parentId: string | null;
  appId: string | null;
  createdAt: string;
}

export interface NewDatabaseView {
  database: DatabaseView;
  key: NewKeyView;
}
