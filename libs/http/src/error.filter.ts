import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { renderError } from './render-error';
import { standingHeaders } from './standing-headers';

/** The one place that turns what was thrown into an answer. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { status, headers, body } = renderError(thrown, request.id);
    if (status === 500) request.log.error({ err: thrown, requestId: request.id }, 'request failed');
    if (reply.sent) return;
    request.errorCode = body.error.code;
    // Set again here: what fails before the router has passed no hook.
    void reply
      .status(status)
      .headers({ ...standingHeaders(request.id), ...headers })
      .send(body);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request failed with, for its log line. */
    errorCode?: string;
  }
}
