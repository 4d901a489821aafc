import { AppError } from '@howdah/kernel';

export const TOO_MANY_CONNECTIONS = '53300';

/** No such database, or it takes no connections: it is being made, forked or removed. */
const NOT_READY = new Set(['3D000', '55000', '55006', '42501']);

/** Busy, starting or going down: it is not the login's fault. `EPIPE` and its like are no SQLSTATE. */
const SQLSTATE = /^[0-9FHPX][0-9A-Z]{4}$/;
const NOT_THE_LOGIN = /^(53|57)/;

/** What node-postgres itself refuses of a password's verifier: too many iterations, a wrong key. */
const REFUSED_BY_US = 'SASL:';

/** Whether a login was refused for what it is, by Postgres or by us: its customer can have changed it. */
export function mayHeal(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code === undefined) return message?.startsWith(REFUSED_BY_US) === true;
  if (!SQLSTATE.test(code)) return false;
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

/** A database that holds a backend nobody could end so far gets no second one. */
export function backendStuck(): AppError {
  return new AppError(
    'busy',
    'A statement of this database goes on though its session was ended; until it is gone, no other begins.',
    { retryAfter: 2 },
  );
}
