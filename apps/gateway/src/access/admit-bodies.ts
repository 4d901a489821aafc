import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RunSql } from '../sql/run-sql.service';
import { DatabaseAccessGuard } from './database-access.guard';

/** Of statements and their parameters. */
const SQL_BODY_BYTES_MAX = 1_048_576;
const TAKES_SQL = /^\/v1\/databases\/:databaseId\/sql(\/stream)?$/;
/** Read from anybody; for more it is seen first who asks, and whether there is anything left for them. */
const FREE_BYTES = 16 * 1024;

/**
 * Large bodies are for SQL, and of those whose database would run it: to read and parse a megabyte
 * takes this process longer than most queries do. To be called before the routes are made.
 */
export function admitBodies(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const access = app.get(DatabaseAccessGuard);
  const sql = app.get(RunSql);
  const check = async (request: FastifyRequest, done: (error?: Error) => void) => {
    try {
      sql.checkOpen((await access.accessOf(request)).route);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
  server.addHook('onRoute', (route) => {
    if (!TAKES_SQL.test(route.url)) return;
    route.bodyLimit = SQL_BODY_BYTES_MAX;
    // By a callback: a promise would cost each small request a turn of the queue.
    route.onRequest = (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void) => {
      if (isSmall(request)) done();
      else void check(request, done);
    };
  });
}

/** A body that comes in chunks does not say how long it is. */
function isSmall({ headers }: FastifyRequest): boolean {
  return Number(headers['content-length'] ?? NaN) <= FREE_BYTES;
}
