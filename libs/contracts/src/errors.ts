/**
 * Every way a request can fail that is not our own fault, and the HTTP status it is told with.
 * The union is closed: a new failure gets a line here, so that clients can rely on the list.
 *
 * A statement that fails is a 400 whatever the reason, a time limit included: browsers and
 * proxies repeat 408 and 504 by themselves, and a write must never be repeated by a proxy.
 */
export const ERROR_STATUS = {
  invalid_json: 400,
  invalid_request: 400,
  invalid_text: 400,
  too_many_parameters: 400,
  transaction_control: 400,
  copy_not_supported: 400,
  query_failed: 400,
  query_timeout: 400,
  row_limit: 400,
  response_too_large: 400,
  unauthenticated: 401,
  wrong_credentials: 401,
  plan_required: 402,
  origin_not_allowed: 403,
  server_key_in_browser: 403,
  role_not_allowed: 403,
  database_limit: 403,
  key_limit: 403,
  database_suspended: 403,
  storage_limit: 403,
  not_found: 404,
  email_taken: 409,
  state_conflict: 409,
  idempotency_mismatch: 422,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  concurrency_limit: 429,
  compute_limit: 429,
  cancelled: 499,
  internal: 500,
  database_not_ready: 503,
  database_unreachable: 503,
  busy: 503,
  shutting_down: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** What a Postgres error carries beyond its message; the names are those of the wire protocol. */
export interface SqlErrorFields {
  sqlstate: string;
  severity?: string;
  detail?: string;
  hint?: string;
  /** One-based character offset into the statement. */
  position?: number;
  internalPosition?: number;
  internalQuery?: string;
  where?: string;
  schema?: string;
  table?: string;
  column?: string;
  dataType?: string;
  constraint?: string;
}

/** One thing wrong with a request body; `path` reads `queries.0.params`. */
export interface RequestProblem {
  path: string;
  problem: string;
}

/** The body of every answer that is not a success. */
export interface ErrorBody {
  error: {
    code: ErrorCode;
    message: string;
    requestId: string;
    docs: string;
    problems?: RequestProblem[];
    /** Seconds to wait before a repeat can succeed. */
    retryAfter?: number;
    [detail: string]: unknown;
  } & Partial<SqlErrorFields>;
}
