import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** RFC 7677 asks for at least this many, and clients may refuse fewer. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const stretch = promisify(pbkdf2);

/**
 * What Postgres stores for a password: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`
 * (RFC 5802 section 3, RFC 7677; the text form is that of `pg_authid.rolpassword`). Made here and
 * sent in place of the password, so that a server which logs statements never logs a password.
 *
 * Passwords are ASCII: SASLprep would leave those as they are, so it is left out.
 */
export async function scramVerifier(
  password: string,
  salt: Buffer = randomBytes(SALT_BYTES),
  iterations: number = ITERATIONS,
): Promise<string> {
  if (!/^[\x21-\x7e]+$/.test(password)) throw new Error('A password is printable ASCII.');
  const salted = await stretch(password, salt, iterations, HASH_BYTES, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
