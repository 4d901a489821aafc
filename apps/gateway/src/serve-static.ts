import { resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * The files that pages load from us: `/howdah.js`. Any page may embed them, one under
 * `Cross-Origin-Embedder-Policy` too.
 */
export async function serveStatic(app: NestFastifyApplication, root: string): Promise<void> {
  await app.register(fastifyStatic as never, {
    root: resolve(root),
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (reply: { setHeader(name: string, value: string): void }) => {
      reply.setHeader('cache-control', 'public, max-age=300');
      reply.setHeader('cross-origin-resource-policy', 'cross-origin');
      reply.setHeader('x-content-type-options', 'nosniff');
    },
  });
}
