import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/**
 * Answers with the lines that `produce` writes, as they come. What fails before the first line is
 * thrown and becomes an ordinary error; what fails later can only be told in a line.
 */
export async function answerLines(
  reply: FastifyReply,
  produce: (lines: Writable) => Promise<void>,
): Promise<void> {
  const lines = new PassThrough();
  const producing = produce(lines);
  await Promise.race([once(lines, 'readable'), producing]);
  void reply.header('content-type', 'application/x-ndjson; charset=utf-8').send(lines);
  await producing;
}
