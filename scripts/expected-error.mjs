/** Something the reader can put right: shown as its message alone, without a stack. */
export class ExpectedError extends Error {
  /** @override */
  name = 'ExpectedError';
}

/** The last words of a command: one message for what we foresaw, a stack for what we did not. */
export function explain(/** @type {unknown} */ error) {
  if (error instanceof ExpectedError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
