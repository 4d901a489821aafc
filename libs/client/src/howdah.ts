import { encodeParam, type QueryParam } from './encode-param';
import { HowdahError } from './howdah-error';
import { post } from './post';
import { withRetries } from './retry';
import { type Rows, toRows } from './rows';

export interface HowdahOptions {
  /** Instead of the page's own, as userscripts need it. */
  fetch?: typeof fetch;
}

export interface QueryOptions {
  /** Aborting ends the statement in Postgres too. */
  signal?: AbortSignal | undefined;
  /** Over the plan's rows: `truncate` (the default) gives those that fit, `error` fails and undoes. */
  onLimit?: 'truncate' | 'error' | undefined;
  /** Rows as objects by column name (the default) or as arrays in column order. */
  rowMode?: 'object' | 'array' | undefined;
}

/** One database. */
export interface Howdah {
  /**
   * Runs one statement.
   *
   *     const posts = await Backend.query('select * from posts where author = $1', ['ann']);
   *
   * @throws HowdahError; TypeError for arguments that cannot be sent; the reason of `signal`
   */
  query<Row = Record<string, unknown>>(
    text: string,
    params?: readonly QueryParam[],
    options?: QueryOptions,
  ): Promise<Rows<Row>>;
}

function connect(url: string | URL, key: string, options: HowdahOptions = {}): Howdah {
  const endpoint = endpointOf(url);
  checkKey(key);
  // A property would be called with `options` for `this`, which the browser's own fetch refuses.
  const { fetch: given } = options;
  return {
    async query<Row>(text: string, params: readonly QueryParam[] = [], more: QueryOptions = {}) {
      const { signal } = more;
      const fetch = given ?? globalThis.fetch;
      const request = { endpoint, key, signal, fetch, body: bodyOf(text, params, more) };
      return toRows<Row>(await withRetries(() => post(request), signal));
    },
  };
}

/**
 * A database, by its url and a key to it.
 *
 *     const Backend = howdah('https://…/v1/databases/db_…', 'hdk_…');
 *
 * @throws TypeError when either is not what it must be
 */
export const howdah = Object.assign(connect, { HowdahError });

function endpointOf(url: string | URL): string {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {
    // Told below, with the other ways to be wrong.
  }
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
    throw new TypeError(
      "howdah(url, key): url must be the database's address, https://…/v1/databases/db_…" +
        (typeof url === 'string' ? '' : `, not ${kindOf(url)}`),
    );
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}/sql`;
}

/** What a header can hold. The key itself stays out of the message, which may end in a log. */
function checkKey(key: unknown): void {
  if (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key)) return;
  throw new TypeError(
    'howdah(url, key): key must be a key of the database, hdk_…' +
      (typeof key === 'string' ? ', without spaces' : `, not ${kindOf(key)}`),
  );
}

function bodyOf(text: unknown, params: unknown, { onLimit, rowMode }: QueryOptions): string {
  if (typeof text !== 'string') {
    throw new TypeError(`query(text, params): text must be a string of SQL, not ${kindOf(text)}`);
  }
  if (!Array.isArray(params)) {
    throw new TypeError(
      `query(text, params): params must be an array, [value for $1, …], not ${kindOf(params)}`,
    );
  }
  const sent = params.length === 0 ? undefined : encodeParam(params, 'params');
  try {
    return JSON.stringify({ query: text, params: sent, onLimit, rowMode });
  } catch (cause) {
    throw new TypeError(`params cannot be sent as JSON: ${(cause as Error).message}`, { cause });
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
