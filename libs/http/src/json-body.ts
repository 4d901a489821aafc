import { isUtf8 } from 'node:buffer';
import { AppError } from '@howdah/kernel';
import type { FastifyInstance } from 'fastify';
import { checkShape } from './body-shape';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the body as it came; undefined without one. */
    bodyBytes?: number;
  }
}

/**
 * Bodies are JSON in UTF-8 and nothing else. An empty one is no body: many clients send the
 * content type whether there is a body or not. Keys such as `__proto__` are data like any other.
 */
export function takeJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      request.bodyBytes = body.length;
      try {
        checkShape(body);
        done(null, parseJson(body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new AppError('invalid_json', 'The body is not in UTF-8.');
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new AppError('invalid_json', 'The body is not valid JSON.', {}, { cause });
  }
}
