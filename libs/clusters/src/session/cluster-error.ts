import { AppError } from '@howdah/kernel';
import pg from 'pg';

const RETRY_AFTER_SECONDS = 5;

/** SQLSTATE: shut down, crashed, starting up, out of connections. */
const UNREACHABLE = /^(08...|57P0[123]|53300)$/;

const NO_SUCH_DATABASE = '3D000';
const ADMITS_NOBODY = '55000';

/** The SQLSTATE of a Postgres error; undefined for a failure of the network or the client. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** A statement failed: Postgres' own error passes, unless it means that the cluster is away. */
export function queryError(clusterId: string, error: unknown): unknown {
  const state = sqlState(error);
  if (state !== undefined && !UNREACHABLE.test(state)) return error;
  return unreachable(clusterId, error);
}

/** Nobody came in: the database is not there or admits nobody, or else the cluster is away. */
export function connectError(clusterId: string, database: string, error: unknown): AppError {
  const state = sqlState(error);
  if (state === NO_SUCH_DATABASE) {
    return new AppError('not_found', `There is no database ${database}.`, {}, { cause: error });
  }
  if (state === ADMITS_NOBODY) {
    return new AppError(
      'state_conflict',
      `The database ${database} admits nobody.`,
      {},
      { cause: error },
    );
  }
  return unreachable(clusterId, error);
}

export function stillBusy(database: string, retryAfterSeconds: number, cause?: unknown): AppError {
  return new AppError(
    'busy',
    `Sessions of ${database} do not end yet.`,
    { retryAfter: retryAfterSeconds },
    { cause },
  );
}

function unreachable(clusterId: string, cause: unknown): AppError {
  return new AppError(
    'database_unreachable',
    `The cluster ${clusterId} cannot be reached.`,
    { retryAfter: RETRY_AFTER_SECONDS },
    { cause },
  );
}
