import type { FastifyInstance } from 'fastify';

const EXPOSED = [
  'Howdah-Request-Id',
  'Howdah-Truncated',
  'Howdah-Replayed',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Content-Range',
  'Server-Timing',
].join(', ');

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const PREFLIGHT_SECONDS = '7200';

/**
 * Cross-origin headers on every answer, errors included. Any origin may read: there are no
 * cookies and no credentials mode, so an origin by itself opens nothing. Which origins a key
 * works from is checked with the key, and its refusal is readable too.
 */
export function allowEveryOrigin(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('access-control-allow-origin', '*');
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method']) {
      const asked = request.headers['access-control-request-headers'];
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
      return;
    }
    reply.header('access-control-expose-headers', EXPOSED);
    done();
  });
}
