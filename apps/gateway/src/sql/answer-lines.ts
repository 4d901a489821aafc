import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import type { AppError } from '@howdah/kernel';
import type { FastifyReply } from 'fastify';

/**
 * Answers with the lines that `produce` writes, as they come. What fails before the first line is
 * thrown and becomes an ordinary error; what fails later is the last line, and is returned.
 */
export async function answerLines(
  reply: FastifyReply,
  produce: (lines: Writable) => Promise<AppError | null>,
): Promise<void> {
  const lines = new PassThrough();
  const producing = produce(lines).then((error) => {
    lines.end();
    return error;
  });
  await Promise.race([once(lines, 'readable'), producing]);
  void reply.status(200).header('content-type', 'application/x-ndjson; charset=utf-8').send(lines);
  const error = await producing;
  if (error) reply.request.errorCode = error.code;
}
