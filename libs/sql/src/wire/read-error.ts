import type { SqlErrorFields } from '@howdah/contracts';

export interface ServerError extends SqlErrorFields {
  message: string;
}

/** https://www.postgresql.org/docs/current/protocol-error-fields.html */
const NAMES: Record<string, keyof ServerError> = {
  V: 'severity',
  C: 'sqlstate',
  M: 'message',
  D: 'detail',
  H: 'hint',
  P: 'position',
  p: 'internalPosition',
  q: 'internalQuery',
  W: 'where',
  s: 'schema',
  t: 'table',
  c: 'column',
  d: 'dataType',
  n: 'constraint',
};
const NUMBERS = new Set<keyof ServerError>(['position', 'internalPosition']);

/** An ErrorResponse; one that was cut short for its size gives the fields that came. */
export function readError(bytes: Buffer, start: number, end: number): ServerError {
  const error: Record<string, unknown> = { sqlstate: 'XX000', message: 'The statement failed.' };
  let at = start;
  while (at < end && bytes[at] !== 0) {
    const found = bytes.indexOf(0, at + 1);
    const valueEnd = found < 0 || found > end ? end : found;
    const name = NAMES[String.fromCharCode(bytes[at]!)];
    const value = bytes.toString('utf8', at + 1, valueEnd);
    if (name !== undefined) error[name] = NUMBERS.has(name) ? Number(value) : value;
    at = valueEnd + 1;
  }
  return error as unknown as ServerError;
}
