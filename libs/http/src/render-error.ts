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
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_json', 'The body is empty; wanted: a JSON object.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_json', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid_request',
    'The body is not as long as its Content-Length says.',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is over the limit of 1 MB.'],
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
      code: error.code,
      message: error.message,
      ...error.details,
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
  const { code, statusCode, status, message } = thrown as {
    code?: string;
    statusCode?: number;
    status?: number;
    message?: string;
  };
  const framework = code === undefined ? undefined : FRAMEWORK_ERRORS[code];
  if (framework) return new AppError(...framework);
  const known = statusCode ?? status;
  if (known === 404)
    return new AppError('not_found', message ?? 'There is nothing at this address.');
  if (known !== undefined && known >= 400 && known < 500) {
    return new AppError('invalid_request', message ?? 'The request is not valid.');
  }
  return new AppError(
    'internal',
    'Something went wrong on our side; the request id tells us what.',
  );
}
