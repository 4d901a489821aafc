import { AppError } from '@howdah/kernel';

export const TOO_MANY_CONNECTIONS = '53300';

/** No such database, or it takes no connections: it is being made, forked or removed. */
const NOT_READY = new Set(['3D000', '55000', '55006', '42501']);

/** Busy, starting or going down: it is not the login's fault. `EPIPE` and its like are no SQLSTATE. */
const SQLSTATE = /^[0-9FHPX][0-9A-Z]{4}$/;
const NOT_THE_LOGIN = /^(53|57)/;

/** Whether Postgres refused this login for what it is, which its customer can have changed. */
export function mayHeal(code: string | undefined): boolean {
  if (code === undefined || !SQLSTATE.test(code)) return false;
  return !NOT_READY.has(code) && !NOT_THE_LOGIN.test(code);
}

/** What a page is told when its database let nobody in. Hosts and roles stay out of the message. */
export function connectError(error: unknown): AppError {
  const { code } = error as { code?: string };
  if (code !== undefined && NOT_READY.has(code)) {
    return new AppError(
      'database_not_ready',
      'The database takes no connections right now.',
      { retryAfter: 1 },
      { cause: error },
    );
  }
  return new AppError(
    'database_unreachable',
    'The database cannot be reached right now.',
    { retryAfter: 5 },
    { cause: error },
  );
}

export function shuttingDown(): AppError {
  return new AppError('shutting_down', 'This server is shutting down; try again.', {
    retryAfter: 1,
  });
}

export function connectionsBusy(): AppError {
  return new AppError('busy', 'All connections are in use; try again in a moment.', {
    retryAfter: 1,
  });
}
