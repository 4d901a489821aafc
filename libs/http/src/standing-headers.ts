import type { FastifyInstance } from 'fastify';

const EXPOSED = [
  'Howdah-Request-Id',
  'Howdah-Truncated',
  'Howdah-Replayed',
  'Howdah-Storage',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Content-Range',
  'Server-Timing',
].join(', ');

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const PREFLIGHT_SECONDS = '7200';

/**
 * What every answer carries, errors included. Any origin may read: there are no cookies and no
 * credentials mode, so an origin by itself opens nothing. Which origins a key works from is
 * checked with the key, and its refusal is readable too.
 */
export function standingHeaders(requestId: string): Record<string, string> {
  return {
    'howdah-request-id': requestId,
    'access-control-allow-origin': '*',
    'access-control-expose-headers': EXPOSED,
  };
}

/** Puts them on every answer, and answers preflights. */
export function addStandingHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(standingHeaders(request.id));
    const { headers } = request;
    if (request.method !== 'OPTIONS' || !headers['access-control-request-method']) return done();
    const asked = headers['access-control-request-headers'];
    void reply
      .headers({
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': asked ?? 'Authorization, Content-Type',
        'access-control-max-age': PREFLIGHT_SECONDS,
        'access-control-allow-private-network': 'true',
        vary: 'Access-Control-Request-Headers',
      })
      .status(204)
      .send();
  });
}
