import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule, Type } from '@nestjs/common';
import { type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { answerClientError } from './client-error';
import { ErrorFilter } from './error.filter';
import { takeJsonBodies } from './json-body';
import { Metrics } from './metrics';
import { createLogger, flushRegularly, NestLogger } from './pino.logger';
import { newRequestId } from './request-id';
import { addStandingHeaders } from './standing-headers';

export interface HttpAppOptions {
  processName: string;
  logLevel: string;
  /** Proxies in front whose `X-Forwarded-For` is believed: a count, or addresses. */
  trustProxy?: string | number | undefined;
}

export interface HttpApp {
  app: NestFastifyApplication;
  logger: Logger;
}

/** Routes that take more say so themselves. */
const BODY_BYTES_MAX = 16 * 1024;
/** For a whole request to arrive; slower ones hold a connection for nothing. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const CHECKED_EVERY_MS = 5_000;
/** Below what a process may have open, so that its own connections always find room. */
const SOCKETS_MAX = 10_000;

/** Hands Fastify's own errors to the filter as they are; Nest's wrapping would lose their codes. */
class PlainFastifyAdapter extends FastifyAdapter {
  override mapException(error: unknown): unknown {
    return error;
  }
}

/**
 * An HTTP process: one error filter, request ids, cross-origin headers on every answer, a log
 * line and a measurement a request, and a stop that finishes what has begun.
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  options: HttpAppOptions,
): Promise<HttpApp> {
  const logger = createLogger(options.processName, options.logLevel);
  flushRegularly(logger);
  const adapter = new PlainFastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newRequestId,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECKED_EVERY_MS },
    clientErrorHandler: answerClientError,
    trustProxy: trusted(options.trustProxy),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error: unknown, request: unknown, reply: unknown) =>
      new ErrorFilter().catch(error, hostOf(request, reply)),
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  const server = adapter.getInstance<FastifyInstance>();
  server.server.maxConnections = SOCKETS_MAX;
  addStandingHeaders(server);
  takeJsonBodies(server);
  record(server, app.get(Metrics), logger);
  app.useGlobalFilters(new ErrorFilter());
  // Exits by itself when all is closed, so that the last lines of the log are written.
  app.enableShutdownHooks([], { useProcessExit: true });
  return { app, logger };
}

/** Fastify takes addresses as they are and a count of proxies as a function of the hop. */
function trusted(proxies: string | number | undefined) {
  if (typeof proxies !== 'number') return proxies ?? false;
  return (_address: string, hop: number) => hop < proxies;
}

/** A line a request: what was asked, of which row, how it ended, how long it took. */
function record(server: FastifyInstance, metrics: Metrics, logger: Logger): void {
  server.addHook('onResponse', (request, reply, done) => {
    const durationMs = reply.elapsedTime;
    const route = request.routeOptions.url ?? 'unknown';
    metrics.answered(route, reply.statusCode, durationMs / 1000);
    logger.info({
      method: request.method,
      route,
      params: request.params,
      status: reply.statusCode,
      code: request.errorCode,
      requestId: request.id,
      durationMs: Math.round(durationMs * 100) / 100,
    });
    done();
  });
}

function hostOf(request: unknown, reply: unknown) {
  return {
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }),
  } as never;
}
