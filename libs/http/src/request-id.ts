import { randomBytes } from 'node:crypto';

const PROCESS = randomBytes(5).toString('hex');
let count = 0;

/** Unique over processes and time, and cheap: the query path makes one a request. */
export function newRequestId(): string {
  return `req_${PROCESS}${(++count).toString(36).padStart(6, '0')}`;
}
