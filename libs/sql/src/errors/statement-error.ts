import { AppError } from '@howdah/kernel';
import type { ServerError } from '../wire/read-error';

const TIMEOUT_MESSAGE = 'canceling statement due to statement timeout';
const TRANSACTION_TIMEOUT = '25P04';
const SHUTDOWN_STATES = new Set(['57P01', '57P02', '57P03', '57P05']);

/** When the statement was sent and how long it may take, in milliseconds. */
export interface TimeSpent {
  limitMs: number;
  elapsedMs: number;
}

/** Whose statement failed: the caller's, by its index in a batch, or one of ours `about` something. */
export interface Failed {
  statement?: number;
  about?: string;
}

/** What a page is told of an error that Postgres answered to its statement. */
export function statementError(
  error: ServerError,
  spent: TimeSpent,
  failed: Failed = {},
): AppError {
  const index = failed.statement === undefined ? {} : { statement: failed.statement };
  const { message, ...fields } = error;
  if (error.sqlstate === '57014' && message === TIMEOUT_MESSAGE) return queryTimeout(spent, index);
  if (error.sqlstate === TRANSACTION_TIMEOUT) return queryTimeout(spent, index);
  if (SHUTDOWN_STATES.has(error.sqlstate)) return connectionLost(error.sqlstate);
  if (failed.about !== undefined) return ownError(error, failed.about);
  const hint = error.hint ?? manyCommandsHint(error);
  return new AppError('query_failed', message, { ...fields, ...(hint && { hint }), ...index });
}

/** A name is missing or wrong, or a right. */
const NOT_AS_MADE = /^(42|3F)/;

/** Our own statement's text and places in it say nothing to who did not write it. */
function ownError({ message, severity, sqlstate, where }: ServerError, about: string): AppError {
  return new AppError('query_failed', `${about}: ${message}`, {
    ...(severity !== undefined && { severity }),
    sqlstate,
    ...(where !== undefined && { where }),
    ...(NOT_AS_MADE.test(sqlstate) && { hint: 'Make it again as it was, or do without it.' }),
  });
}

function manyCommandsHint(error: ServerError): string | undefined {
  if (error.sqlstate !== '42601') return undefined;
  if (!error.message.startsWith('cannot insert multiple commands')) return undefined;
  return 'Send one statement a request, or several as {"queries": [...]}.';
}

export function queryTimeout(spent: TimeSpent, details: Record<string, unknown> = {}): AppError {
  return new AppError(
    'query_timeout',
    `The request ran longer than the plan's limit of ${spent.limitMs} ms and was stopped.`,
    {
      sqlstate: '57014',
      limitMs: spent.limitMs,
      elapsedMs: Math.round(spent.elapsedMs),
      ...details,
    },
  );
}

/** No `retryAfter`: a write may have been kept, and only the caller knows if a repeat is safe. */
export function connectionLost(sqlstate?: string): AppError {
  return new AppError(
    'database_unreachable',
    'The connection to the database was lost while the statement ran; whether its writes were ' +
      'kept is not known.',
    sqlstate === undefined ? {} : { sqlstate },
  );
}
