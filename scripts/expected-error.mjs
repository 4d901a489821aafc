/** Something the reader can put right: shown as its message alone, without a stack. */
export class ExpectedError extends Error {
  /** @override */
  name = 'ExpectedError';
}

/** Of the machine rather than of the program; Node's message names what was tried on which file. */
const OF_THE_MACHINE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EMFILE', 'ENFILE']);

/** The last words of a command: one message for what we foresaw, a stack for what we did not. */
export function explain(/** @type {unknown} */ error) {
  if (error instanceof ExpectedError) return error.message;
  if (error instanceof Error && OF_THE_MACHINE.has(String(/** @type {any} */ (error).code))) {
    return `This user or machine does not allow what is needed: ${error.message}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
