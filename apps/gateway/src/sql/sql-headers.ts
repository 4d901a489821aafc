import type { OutgoingHttpHeaders } from 'node:http';
import type { SqlAnswer } from '@howdah/sql';
import type { FastifyReply } from 'fastify';
import { type Budget, checkBudget } from './request-budget.service';

/**
 * Tells what is left of this minute, as draft-ietf-httpapi-ratelimit-headers has it, and refuses
 * the request when that is nothing. @throws AppError `rate_limited`
 */
export function spendBudget(reply: FastifyReply, budget: Budget): void {
  reply.header('ratelimit', `"minute";r=${budget.remaining};t=${budget.resetSeconds}`);
  reply.header('ratelimit-policy', `"minute";q=${budget.limit};w=60`);
  checkBudget(budget);
}

/**
 * Bytes that are JSON already go out as they are: there is nothing left for the framework to
 * serialise or to hook into, and its way would cost a tenth of the request.
 */
export function answerSql(reply: FastifyReply, answer: SqlAnswer): void {
  const { body, acquireMs, executeMs } = answer;
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'server-timing': `acquire;dur=${acquireMs.toFixed(2)}, sql;dur=${executeMs.toFixed(2)}`,
    ...(answer.truncated ? { 'howdah-truncated': 'true' } : {}),
    ...(answer.replayed ? { 'howdah-replayed': 'true' } : {}),
  });
  reply.raw.end(body);
}
