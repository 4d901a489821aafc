import type { DatabaseState } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';

/** Seconds until a state is likely to have passed; null where waiting does not help. */
const READY_IN: Record<DatabaseState, number | null> = {
  requested: 1,
  creating: 1,
  ready: 0,
  forking: 1,
  restoring: 5,
  read_only: null,
  suspended: null,
  deleting: null,
  deleted: null,
  failed: null,
};

/** @throws AppError `database_not_ready`, with the state */
export function checkState(state: DatabaseState): void {
  if (state === 'ready') return;
  const seconds = READY_IN[state];
  throw new AppError('database_not_ready', `The database is ${state.replace('_', ' ')}.`, {
    state,
    ...(seconds === null ? {} : { retryAfter: seconds }),
  });
}
