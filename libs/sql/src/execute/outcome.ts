import { isUtf8 } from 'node:buffer';
import { AppError } from '@howdah/kernel';

/** An answer's JSON, and what is told of it in headers and counts. */
export interface Outcome {
  body: Buffer;
  truncated: boolean;
  rowCount: number;
}

/** A statement can change `client_encoding` under its own result; that is told, not sent on garbled. */
export function checkUtf8(body: Buffer): void {
  if (!isUtf8(body)) throw encodingChanged();
}

export function encodingChanged(): AppError {
  return new AppError(
    'invalid_text',
    'The statement changed client_encoding; only UTF8 can be answered.',
  );
}
