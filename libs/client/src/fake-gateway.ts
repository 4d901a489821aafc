/** What one call to the injected `fetch` was. */
interface SeenRequest {
  url: string;
  init: RequestInit;
  body: Record<string, unknown>;
}

/** What `fetch` does next: answer, or reject. */
export type Answer = Response | Error | (() => Response | Promise<Response>);

export interface FakeGateway {
  fetch: typeof fetch;
  seen: SeenRequest[];
}

/** A `fetch` for tests: gives the answers in order, the last one again and again. */
export function fakeGateway(...answers: Answer[]): FakeGateway {
  const seen: SeenRequest[] = [];
  const answer = async (url: string, init: RequestInit) => {
    init.signal?.throwIfAborted();
    seen.push({ url, init, body: JSON.parse(String(init.body)) as Record<string, unknown> });
    const next = answers[Math.min(seen.length, answers.length) - 1]!;
    if (next instanceof Error) throw next;
    return typeof next === 'function' ? next() : next.clone();
  };
  return { fetch: answer as typeof fetch, seen };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** A result with these rows. */
export function result(rows: unknown[], more: Record<string, unknown> = {}): Response {
  const fields = [{ name: 'id', dataTypeID: 23, type: 'int4' }];
  const counted = { command: 'SELECT', rowCount: rows.length, truncated: false, rowLimit: 500 };
  return json({ ...counted, fields, rows, durationMs: 1.5, ...more });
}

export function refusal(code: string, status: number, retryAfter?: number): Response {
  const error = { code, message: `It is ${code}.`, requestId: 'req_1', docs: 'https://docs' };
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return json({ error }, status, headers as Record<string, string>);
}
