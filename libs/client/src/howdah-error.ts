import type { ErrorBody, ErrorCode } from '@howdah/contracts';

/** `network` and `bad_answer` are the client's own; a newer gateway may know more codes than we do. */
export type HowdahErrorCode = ErrorCode | 'network' | 'bad_answer' | (string & {});

/** What an answer says about a failure, beside its code and message. */
export type ErrorDetails = Partial<Omit<ErrorBody['error'], 'code' | 'message'>>;

/**
 * Every way a query can fail, but for wrong arguments (`TypeError`) and the caller's own abort.
 *
 *     try { … } catch (error) {
 *       if (error.sqlstate === '23505') …
 *     }
 */
export class HowdahError extends Error {
  // Fields are only declared: written out, each would be compiled into a helper for old browsers.
  declare readonly code: HowdahErrorCode;
  /** The HTTP status; 0 when there was no answer. */
  declare readonly status: number;
  /** Of an error from Postgres: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  declare readonly sqlstate?: string;
  /** One-based offset into the statement, in characters: an emoji counts as one. */
  declare readonly position?: number;
  declare readonly hint?: string;
  declare readonly detail?: string;
  declare readonly constraint?: string;
  declare readonly requestId?: string;
  /** A page about this code. */
  declare readonly docs?: string;
  /** Seconds to wait before a repeat can succeed. */
  declare readonly retryAfter?: number;

  constructor(
    code: HowdahErrorCode,
    message: string,
    status = 0,
    details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    Object.assign(this, details, { name: 'HowdahError', code, status });
  }
}
