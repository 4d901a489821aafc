import { describe, expect, it, vi } from 'vitest';
import { type Answer, fakeGateway, json, refusal, result } from './fake-gateway';
import { howdah, HowdahError } from './index';

const URL_OF_DATABASE = 'https://api.example.com/v1/databases/db_1';
const KEY = 'hdk_admin_1';

function connected(...answers: Answer[]) {
  const { fetch, seen } = fakeGateway(...answers);
  return { backend: howdah(URL_OF_DATABASE, KEY, { fetch }), seen };
}

const failure = (...answers: Answer[]): Promise<HowdahError> =>
  connected(...answers)
    .backend.query('select 1')
    .then(
      () => expect.fail('the query did not fail'),
      (error: HowdahError) => error,
    );

describe('howdah(url, key)', () => {
  it.each<[string, unknown, unknown, string]>([
    ['no url', undefined, KEY, 'url must be the database'],
    ['a url that is a path', '/v1/databases/db_1', KEY, 'url must be the database'],
    ['a connection string', 'postgresql://key:hdk_x@db-1.host/db', KEY, 'url must be the database'],
    ['a url with a password', 'https://a:b@host/v1', KEY, 'url must be the database'],
    [
      'no key',
      URL_OF_DATABASE,
      undefined,
      'key must be a key of the database, hdk_…, not undefined',
    ],
    ['an empty key', URL_OF_DATABASE, '', 'key must be a key of the database'],
    ['a key with a line break', URL_OF_DATABASE, 'hdk_x\n', 'without spaces'],
  ])('refuses %s', (_name, url, key, message) => {
    const make = () => howdah(url as string, key as string);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  it('never tells the key', () => {
    expect(() => howdah(URL_OF_DATABASE, 'hdk_secret x')).toThrow(/^(?!.*secret)/);
  });

  it.each([
    [URL_OF_DATABASE],
    [`${URL_OF_DATABASE}/`],
    [`${URL_OF_DATABASE}//?a=b#c`],
    [new URL(URL_OF_DATABASE)],
  ])('asks %s at its address /sql', async (url) => {
    const { fetch, seen } = fakeGateway(result([]));
    await howdah(url, KEY, { fetch }).query('select 1');
    expect(seen[0]!.url).toBe(`${URL_OF_DATABASE}/sql`);
  });

  it('calls the page’s own fetch as the browser wants it called', async () => {
    const fetch = vi.fn(function (this: unknown) {
      if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation');
      return Promise.resolve(result([]));
    });
    vi.stubGlobal('fetch', fetch);
    await howdah(URL_OF_DATABASE, KEY).query('select 1');
    await howdah(URL_OF_DATABASE, KEY, { fetch }).query('select 1');
    vi.unstubAllGlobals();
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('hands out its error class', () => {
    expect(howdah.HowdahError).toBe(HowdahError);
  });
});

describe('query', () => {
  it('posts JSON with the key, and no cookies', async () => {
    const { backend, seen } = connected(result([]));
    await backend.query('select $1', ['ann'], { onLimit: 'error', rowMode: 'array' });
    const { init, body } = seen[0]!;
    expect(init).toMatchObject({ method: 'POST', credentials: 'omit' });
    expect(init.headers).toEqual({
      'Content-Type': 'application/json',
      Authorization: `Bearer ${KEY}`,
    });
    expect(body).toEqual({
      query: 'select $1',
      params: ['ann'],
      onLimit: 'error',
      rowMode: 'array',
    });
  });

  it('leaves out what was not given', async () => {
    const { backend, seen } = connected(result([]));
    await backend.query('select 1');
    expect(seen[0]!.body).toEqual({ query: 'select 1' });
  });

  it('encodes parameters', async () => {
    const { backend, seen } = connected(result([]));
    await backend.query('select $1, $2', [10n, new Uint8Array([255])]);
    expect(seen[0]!.body.params).toEqual(['10', '\\xff']);
  });

  it('gives an array that is equal to its rows and knows the rest', async () => {
    const { backend } = connected(result([{ id: 1 }], { truncated: true, rowLimit: 1 }));
    const rows = await backend.query<{ id: number }>('select id from posts');
    expect(rows).toEqual([{ id: 1 }]);
    expect(Object.keys(rows)).toEqual(['0']);
    const { command, rowCount, truncated, rowLimit, durationMs, fields } = rows;
    expect({ command, rowCount, truncated, rowLimit, durationMs }).toEqual({
      command: 'SELECT',
      rowCount: 1,
      truncated: true,
      rowLimit: 1,
      durationMs: 1.5,
    });
    expect(fields).toEqual([{ name: 'id', dataTypeID: 23, type: 'int4' }]);
  });

  it.each<[string, unknown[], string]>([
    ['text that is no string', [42], 'text must be a string of SQL, not a value of type number'],
    ['a parameter without its array', ['select $1', 'ann'], 'params must be an array'],
    ['undefined as a parameter', ['select $1', [undefined]], 'params[0] is undefined'],
    ['a bigint inside JSON', ['select $1', [{ a: 1n }]], 'params cannot be sent as JSON'],
  ])('refuses %s without asking', async (_name, args, message) => {
    const { backend, seen } = connected(result([]));
    const asked = backend.query(...(args as [string]));
    await expect(asked).rejects.toThrow(TypeError);
    await expect(asked).rejects.toThrow(message);
    expect(seen).toHaveLength(0);
  });
});

describe('a failure', () => {
  it('of the statement says all that Postgres said', async () => {
    const details = {
      sqlstate: '23505',
      detail: 'Key (id)=(1) already exists.',
      hint: 'Use another.',
      position: 8,
      constraint: 'posts_pkey',
      requestId: 'req_1',
      docs: 'https://docs#query_failed',
    };
    const error = await failure(
      json({ error: { code: 'query_failed', message: 'duplicate key', ...details } }, 400),
    );
    expect(error).toBeInstanceOf(HowdahError);
    expect(error).toMatchObject({
      name: 'HowdahError',
      code: 'query_failed',
      status: 400,
      ...details,
    });
    expect(error.message).toBe('duplicate key');
    expect(String(error)).toBe('HowdahError: duplicate key');
  });

  it('with Retry-After says how long to wait', async () => {
    expect(await failure(refusal('rate_limited', 429, 7))).toMatchObject({
      code: 'rate_limited',
      retryAfter: 7,
    });
  });

  it('of the network says what it may be and keeps the cause', async () => {
    const cause = new TypeError('Failed to fetch');
    const error = await failure(cause);
    expect(error).toMatchObject({ name: 'HowdahError', code: 'network', status: 0, cause });
    expect(error.message).toMatch(/No answer from https:.*CORS.*connect-src.*is not known/);
  });

  it('of a device without network says so', async () => {
    vi.stubGlobal('navigator', { onLine: false });
    expect((await failure(new TypeError('Failed to fetch'))).message).toMatch(/is offline/);
    vi.unstubAllGlobals();
  });

  it('in the middle of the answer is one of the network', async () => {
    const broken = new ReadableStream({ start: (body) => body.error(new TypeError('reset')) });
    const error = await failure(() => new Response(broken));
    expect(error).toMatchObject({ code: 'network', message: expect.stringContaining('broke off') });
  });

  it.each<[string, Response, number]>([
    ['a page', new Response('<h1>Hello', { headers: { 'content-type': 'text/html' } }), 200],
    ['a proxy’s page', new Response('Bad Gateway', { status: 502 }), 502],
    ['nothing', new Response('', { status: 200 }), 200],
    ['JSON of another service', json({ ok: true }), 200],
    ['JSON null', json(null), 200],
    ['another service’s error', json({ error: 'nope' }, 500), 500],
  ])('is bad_answer when %s comes back', async (_name, answer, status) => {
    const error = await failure(answer);
    expect(error.code).toBe('bad_answer');
    expect(error.message).toContain(`${URL_OF_DATABASE}/sql did not answer as Howdah does`);
    expect(error.status).toBe(status);
  });
});

describe('an abort', () => {
  it('before the query asks nobody', async () => {
    const { backend, seen } = connected(result([]));
    const asked = backend.query('select 1', [], { signal: AbortSignal.abort() });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toHaveLength(0);
  });

  it('while the query runs is an AbortError, not a failure of the network', async () => {
    const controller = new AbortController();
    const { backend, seen } = connected(() => {
      controller.abort();
      return Promise.reject(new TypeError('Failed to fetch'));
    });
    const asked = backend.query('select 1', [], { signal: controller.signal });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen[0]!.init.signal).toBe(controller.signal);
  });

  it('for a reason has that reason', async () => {
    const reason = new Error('the page moved on');
    const asked = connected(result([])).backend.query('select 1', [], {
      signal: AbortSignal.abort(reason),
    });
    await expect(asked).rejects.toBe(reason);
  });
});
