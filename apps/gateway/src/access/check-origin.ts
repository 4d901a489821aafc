import type { KeyClass } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';

/** What a request says of where it comes from. Only browsers say it truly. */
export interface RequestOrigin {
  origin: string | undefined;
  /** `Sec-Fetch-Mode`, which pages cannot set or leave out. */
  fetchMode: string | undefined;
}

/**
 * Whether a key may be used from there. This protects the key's owner from other people's pages;
 * it is no defence against programs, which say what they like.
 * @throws AppError `origin_not_allowed`, `server_key_in_browser`
 */
export function checkOrigin(
  key: { class: KeyClass; origins: readonly string[] },
  from: RequestOrigin,
): void {
  if (key.class === 'userscript') return;
  if (key.class === 'server') return refuseBrowser(from);
  if (from.origin === undefined) return;
  if (key.origins.some((pattern) => matches(pattern, from.origin!))) return;
  const places = key.origins.map((pattern) =>
    pattern === '*' ? 'any http or https page' : pattern,
  );
  throw new AppError(
    'origin_not_allowed',
    `This key does not work from the origin ${from.origin}. It works from: ${places.join(', ')}.`,
    { origin: from.origin },
  );
}

function refuseBrowser(from: RequestOrigin): void {
  const isPage = from.origin !== undefined && from.origin !== 'null';
  if (!isPage && from.fetchMode === undefined) return;
  throw new AppError(
    'server_key_in_browser',
    'This is a server key, and a browser sent it: everybody who sees the page can read it. Make a key of class web for pages.',
  );
}

/** `*` is any page on the web: not `null`, and no extension. */
function matches(pattern: string, origin: string): boolean {
  const isWeb = /^https?:\/\//.test(origin);
  if (pattern === '*') return isWeb;
  const [scheme, host] = pattern.split('://*.');
  if (host === undefined) return pattern === origin;
  return origin.startsWith(`${scheme}://`) && origin.endsWith(`.${host}`);
}
