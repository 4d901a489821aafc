import { AppError } from '@howdah/kernel';
import { DISCARD_LIMITS } from '../pool/discard-budget';

export function cancelled(): AppError {
  return new AppError('cancelled', 'The caller left before the answer was ready.');
}

export function rowLimit(rowsMax: number, statement?: number): AppError {
  return new AppError(
    'row_limit',
    `The result has more than the plan's limit of ${rowsMax} rows; nothing was kept.`,
    { rowLimit: rowsMax, ...(statement !== undefined && { statement }) },
  );
}

export function responseTooLarge(bytesMax: number, outcome: string): AppError {
  return new AppError(
    'response_too_large',
    `The answer is larger than the limit of ${bytesMax} bytes; ${outcome}. ` +
      'Select fewer or smaller columns, or page with LIMIT.',
    { limitBytes: bytesMax },
  );
}

/** `kept` says what became of the statement's writes. */
export function answerFlooded(kept: string): AppError {
  const { bytes, messages } = DISCARD_LIMITS;
  return new AppError(
    'response_too_large',
    `The statement sent more than ${bytes} bytes or ${messages} messages that no answer can hold, ` +
      `as notices or as rows past the limit, and was stopped; ${kept}.`,
    { limitBytes: bytes },
  );
}

export function encodingChanged(): AppError {
  return new AppError(
    'invalid_text',
    'The statement changed client_encoding; only UTF8 can be answered.',
  );
}

export function transactionControl(word: string): AppError {
  return new AppError(
    'transaction_control',
    `${word} has no effect beyond one request. Send all statements of a transaction together as ` +
      '{"queries": [...]}: they happen all or not at all.',
  );
}

export function copyNotSupported(): AppError {
  return new AppError(
    'copy_not_supported',
    'COPY cannot run over HTTP. Insert many rows with insert … select from jsonb_to_recordset($1), ' +
      'and read many with a plain select.',
  );
}
