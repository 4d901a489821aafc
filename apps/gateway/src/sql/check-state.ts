import type { DatabaseState } from '@howdah/contracts';
import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';

/** Seconds until a state is likely to have passed; null where waiting does not help. */
const READY_IN: Record<DatabaseState, number | null> = {
  requested: 1,
  creating: 1,
  ready: 0,
  forking: 1,
  restoring: 5,
  read_only: 0,
  // Lifted, and about to be opened.
  suspended: 1,
  deleting: null,
  deleted: null,
  failed: null,
};

/** What may be written in it is another question: see `writes` of the route. */
const OPEN = new Set<DatabaseState>(['ready', 'read_only']);

/** @throws AppError `database_not_ready`, with the state; `database_suspended`, with the reason */
export function checkState({ state, suspension }: DatabaseRoute): void {
  if (OPEN.has(state)) return;
  if (state === 'suspended' && suspension !== null) {
    throw new AppError('database_suspended', `The database is suspended. ${suspension}`, {
      reason: suspension,
    });
  }
  const seconds = READY_IN[state];
  throw new AppError('database_not_ready', `The database is ${state}.`, {
    state,
    ...(seconds === null ? {} : { retryAfter: seconds }),
  });
}
