import { ERROR_STATUS, type ErrorCode } from '@howdah/contracts';

/** What an error may tell besides its message. All of it is shown to the caller. */
export interface ErrorDetails {
  /** Seconds; also sent as the `Retry-After` header. */
  retryAfter?: number;
  [detail: string]: unknown;
}

/**
 * A failure somebody expected: it has a code of the contract, a message for the caller, and no
 * stack worth reading. Anything else that is thrown is a defect of ours and answers `internal`.
 */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}
