import type { ErrorBody, ResultView } from '@howdah/contracts';
import { HowdahError } from './howdah-error';

export interface PostRequest {
  endpoint: string;
  key: string;
  /** JSON. */
  body: string;
  signal: AbortSignal | undefined;
  fetch: typeof fetch;
}

/** One POST, one result or one `HowdahError`. */
export async function post(request: PostRequest): Promise<ResultView> {
  const { signal } = request;
  if (signal?.aborted) throw abortReason(signal);
  const response = await heard(request, noAnswer(request), () => send(request));
  const text = await heard(request, brokeOff(request), () => response.text());
  const answer = parse(text);
  if (response.ok && isResult(answer)) return answer;
  const error = (answer as ErrorBody | null | undefined)?.error;
  if (response.ok || typeof error?.code !== 'string') throw badAnswer(request, response);
  const { code, message, ...details } = error;
  const retryAfter = details.retryAfter ?? retryAfterOf(response);
  throw new HowdahError(code, message, response.status, {
    ...details,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

function isResult(answer: unknown): answer is ResultView {
  return Array.isArray((answer as ResultView | null | undefined)?.rows);
}

function badAnswer({ endpoint }: PostRequest, { status, headers }: Response): HowdahError {
  const type = headers.get('content-type') ?? 'an unknown type';
  return new HowdahError(
    'bad_answer',
    `${endpoint} did not answer as Howdah does (status ${status}, ${type}). Is the url that of a database, ` +
      'https://…/v1/databases/db_…, and nothing between that answers in its place?',
    status,
  );
}

export function abortReason(signal: AbortSignal): unknown {
  return signal.reason ?? new DOMException('The query was aborted.', 'AbortError');
}

function send({ fetch, endpoint, key, body, signal }: PostRequest): Promise<Response> {
  return fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body,
    signal: signal ?? null,
    credentials: 'omit',
    cache: 'no-store',
  });
}

/** A browser says no more of a failed request than that it failed. The abort is the caller's own. */
async function heard<T>(
  { signal }: PostRequest,
  message: string,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (signal?.aborted) throw abortReason(signal);
    if ((cause as Error | undefined)?.name === 'AbortError') throw cause;
    throw new HowdahError('network', message, 0, {}, { cause });
  }
}

function noAnswer({ endpoint }: PostRequest): string {
  const why =
    globalThis.navigator?.onLine === false
      ? 'this device is offline'
      : 'the network is down, the address is wrong, the browser refused it (CORS, a ' +
        'Content-Security-Policy without it in connect-src, http from an https page), or an ' +
        'extension blocked it';
  return `No answer from ${endpoint}: ${why}. Whether the statement ran is not known.`;
}

function brokeOff({ endpoint }: PostRequest): string {
  return `The answer of ${endpoint} broke off. Whether the statement ran is not known.`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only the form that our gateway sends, a count of seconds. */
function retryAfterOf(response: Response): number | undefined {
  const seconds = response.headers.get('retry-after');
  return seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) : undefined;
}
