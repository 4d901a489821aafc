import type { SqlAnswer } from '@howdah/sql';
import type { FastifyReply } from 'fastify';
import type { Budget } from './request-budget.service';

/** What is left of this minute, as draft-ietf-httpapi-ratelimit-headers has it. */
export function budgetHeaders(budget: Budget): Record<string, string> {
  return {
    ratelimit: `"minute";r=${budget.remaining};t=${budget.resetSeconds}`,
    'ratelimit-policy': `"minute";q=${budget.limit};w=60`,
  };
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
