import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';

const HOW_TO_SHRINK =
  'Delete rows, truncate or drop what is not needed, and give its space back with ' +
  'POST /v1/databases/{id}/reclaim; or choose a larger plan.';
const LOCKED_SECONDS = 5;
const READ_ONLY_TRANSACTION = '25006';
const NOT_IN_A_TRANSACTION = '25001';

/** By how much a request would have made its database larger. */
export interface Growth {
  bytes?: number;
  relations?: number;
  functions?: number;
  largeObjects?: number;
}

const UNITS: Record<keyof Growth, string> = {
  bytes: 'bytes',
  relations: 'relations',
  functions: 'functions',
  largeObjects: 'large objects',
};

/** A write of a database over its quota that would have left it larger. */
export function grewOverQuota(route: DatabaseRoute, grown: Growth): AppError {
  const by = Object.entries(grown)
    .map(([name, more]) => `${more} ${UNITS[name as keyof Growth]}`)
    .join(' and ');
  return storageLimit(
    route,
    `The database is over its plan's storage, so it takes only what leaves it no larger. This ` +
      `would have added ${by}; nothing was kept.`,
    { writes: 'shrink', grown },
  );
}

/**
 * What Postgres said no to because of how a database over its quota is held: read-only, or in a
 * transaction that is looked at before it ends. Any other error is given back.
 */
export function explainStorage(error: AppError, route: DatabaseRoute, locked: boolean): AppError {
  const { sqlstate } = error.details;
  if (sqlstate === NOT_IN_A_TRANSACTION) {
    const hint =
      'Over its storage a database runs each request in one transaction, which this cannot. ' +
      'POST /v1/databases/{id}/reclaim vacuums and gives space back.';
    return new AppError(error.code, error.message, { ...error.details, hint }, { cause: error });
  }
  if (sqlstate !== READ_ONLY_TRANSACTION) return error;
  if (locked) {
    return storageLimit(
      route,
      'Writes are locked while what an undone write has left in the files is cleared away. Try ' +
        'again in a moment.',
      { writes: 'locked', retryAfter: LOCKED_SECONDS },
    );
  }
  return storageLimit(
    route,
    'The database is over its storage: a stream, or a request with an Idempotency-Key, writes ' +
      'nothing now. Send it without, as a request that may shrink the database.',
    { writes: 'shrink' },
  );
}

function storageLimit(
  { storage, limits }: DatabaseRoute,
  message: string,
  details: Record<string, unknown>,
): AppError {
  return new AppError('storage_limit', message, {
    usedBytes: storage.usedBytes,
    limitBytes: limits.sizeBytesMax,
    ...details,
    hint: HOW_TO_SHRINK,
  });
}
