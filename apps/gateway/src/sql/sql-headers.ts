import type { OutgoingHttpHeaders } from 'node:http';
import type { DatabaseRoute } from '@howdah/databases';
import type { SqlAnswer } from '@howdah/sql';
import type { FastifyReply } from 'fastify';
import { checkCompute } from './compute-budget.service';
import { checkBudget } from './request-budget.service';
import type { LimitsLeft } from './run-sql.service';

/**
 * Tells what is left of this minute, as draft-ietf-httpapi-ratelimit-headers has it, and of the
 * storage where that is scarce; refuses the request when nothing is left of the minute.
 * @throws AppError `rate_limited`, `compute_limit`
 */
export function tellLimits(
  reply: FastifyReply,
  route: DatabaseRoute,
  { requests, compute }: LimitsLeft,
): void {
  reply.header(
    'ratelimit',
    `"minute";r=${requests.remaining};t=${requests.resetSeconds}, ` +
      `"statement-ms";r=${compute.remainingMs};t=${compute.resetSeconds}`,
  );
  reply.header(
    'ratelimit-policy',
    `"minute";q=${requests.limit};w=60, "statement-ms";q=${compute.limitMs};w=60`,
  );
  if (route.storage.level !== 'ok') reply.header('howdah-storage', storageHeader(route));
  checkBudget(requests);
  checkCompute(compute);
}

/** As it was last measured. */
function storageHeader({ storage, writes, limits }: DatabaseRoute): string {
  const { level, usedBytes } = storage;
  return `level=${level};used=${usedBytes};limit=${limits.sizeBytesMax};writes=${writes}`;
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
