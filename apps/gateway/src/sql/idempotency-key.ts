import { AppError } from '@howdah/kernel';
import type { FastifyRequest } from 'fastify';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header), quoted or not.
 * @throws AppError `invalid_request`
 */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = String(header).replace(/^"(.*)"$/, '$1');
  if (KEY.test(key)) return key;
  throw new AppError(
    'invalid_request',
    'Idempotency-Key must have 1 to 255 visible ASCII characters, such as a UUID.',
  );
}

/** A stream is not stored, so it cannot be given again. @throws AppError `invalid_request` */
export function refuseIdempotencyKey({ headers }: FastifyRequest): void {
  if (headers['idempotency-key'] === undefined) return;
  throw new AppError(
    'invalid_request',
    'A stream takes no Idempotency-Key; POST to …/sql instead.',
  );
}
