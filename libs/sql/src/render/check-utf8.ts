import { isUtf8 } from 'node:buffer';
import { encodingChanged } from '../errors/request-error';

/** A statement can change `client_encoding` under its own result; that is told, not sent on garbled. */
export function checkUtf8(body: Buffer): void {
  if (!isUtf8(body)) throw encodingChanged();
}
