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

/** Bytes that are JSON already: Fastify sends them as they are. */
export function answerSql(reply: FastifyReply, answer: SqlAnswer): void {
  const { acquireMs, executeMs } = answer;
  reply.header('content-type', 'application/json; charset=utf-8');
  reply.header(
    'server-timing',
    `acquire;dur=${acquireMs.toFixed(2)}, sql;dur=${executeMs.toFixed(2)}`,
  );
  if (answer.truncated) reply.header('howdah-truncated', 'true');
  if (answer.replayed) reply.header('howdah-replayed', 'true');
  void reply.status(200).send(answer.body);
}
