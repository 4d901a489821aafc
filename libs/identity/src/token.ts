import { createHash, randomBytes } from 'node:crypto';

/** `hdt_` for accounts; `hdk_<role>_` for keys of one database. */
export type TokenPrefix = 'hdt' | `hdk_${'read' | 'write' | 'admin'}`;

export interface NewToken {
  /** What the bearer holds; never stored. */
  secret: string;
  hash: Buffer;
}

const SECRET_BYTES = 24;
const TOKEN = /^hd(t|k_(read|write|admin))_[A-Za-z0-9_-]{32}$/;

export function newToken(prefix: TokenPrefix): NewToken {
  const secret = `${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { secret, hash: hashToken(secret) };
}

/**
 * One round of SHA-256 is enough: a token has 192 random bits, so there is nothing to guess, and
 * it is hashed on every request.
 */
export function hashToken(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Spares a look-up for what cannot be one of ours. */
export function looksLikeToken(value: string): boolean {
  return TOKEN.test(value);
}

/** The token of an `Authorization: Bearer …` header (RFC 6750, section 2.1). */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 200) return undefined;
  return /^Bearer +([^\s]+) *$/i.exec(header)?.[1];
}
