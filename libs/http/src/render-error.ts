import type { ErrorBody, ErrorCode } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';

export interface RenderedError {
  status: number;
  headers: Record<string, string>;
  body: ErrorBody;
}

const DOCS = 'https://github.com/howdah/howdah/blob/main/docs/errors.md';

/** The framework's own failures, by the code Fastify gives them, told in our words. */
const FRAMEWORK_ERRORS: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid_request',
    'The body is not as long as its Content-Length says.',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'payload_too_large',
    'The body is over the limit: 1 MB for SQL, 16 kB for all else.',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'The body must be JSON: send Content-Type: application/json.',
  ],
  FST_ERR_BAD_URL: ['invalid_request', 'The address is not a valid URL.'],
};

/** Whatever was thrown, as the caller may see it. Only an `AppError` speaks for itself. */
export function renderError(thrown: unknown, requestId: string): RenderedError {
  const error = toAppError(thrown);
  const { retryAfter } = error.details;
  const body: ErrorBody = {
    error: {
      ...error.details,
      code: error.code,
      message: error.message,
      requestId,
      docs: `${DOCS}#${error.code}`,
    },
  };
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) };
  return { status: error.status, headers, body };
}

function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { code, statusCode, status, message } = (thrown ?? {}) as FrameworkError;
  const known = code === undefined ? undefined : FRAMEWORK_ERRORS[code];
  if (known) return new AppError(...known);
  if (isStoreAway(code, message)) {
    return new AppError('busy', 'Howdah’s own database does not answer; try again.', {
      retryAfter: 1,
    });
  }
  // Only the framework's refusals of a request have such a status; its words may be shown.
  const refusal = statusCode ?? status ?? 500;
  if (refusal === 404) return new AppError('not_found', 'There is nothing at this address.');
  if (refusal >= 400 && refusal < 500) {
    return new AppError('invalid_request', message ?? 'The request is not valid.');
  }
  return new AppError(
    'internal',
    'Something went wrong on our side; the request id tells us what.',
  );
}

const AWAY = /^(08|57P0|53)|^(57014|55P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;
const AWAY_MESSAGE = /^Connection terminated|timeout exceeded when trying to connect/;

/** SQLSTATE or system error of a control plane that is down, starting, full or overloaded. */
function isStoreAway(code = '', message = ''): boolean {
  return AWAY.test(code) || AWAY_MESSAGE.test(message);
}

/** Fastify's errors have a `statusCode`, Nest's a `status`. */
interface FrameworkError {
  code?: string;
  statusCode?: number;
  status?: number;
  message?: string;
}
