import { Cancellation } from '@howdah/sql';
import type { FastifyReply } from 'fastify';

/** Cancels the statement in Postgres as soon as nobody waits for its answer any more. */
export function cancelWhenGone(reply: FastifyReply): Cancellation {
  const cancellation = new Cancellation();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) cancellation.cancel();
  });
  return cancellation;
}
