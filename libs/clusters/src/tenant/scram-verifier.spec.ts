import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { scramVerifier } from './scram-verifier';

/** The exchange printed in RFC 7677, section 3: user "user", password "pencil". */
const SALT = 'W22ZaJ0SNY7soEsUEjb6gQ==';
const NONCE = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const PROOF = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
const SERVER_SIGNATURE = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

it('makes the keys with which the exchange of RFC 7677 succeeds', async () => {
  const verifier = await scramVerifier('pencil', Buffer.from(SALT, 'base64'), 4096);
  const [, storedKey, serverKey] = /^SCRAM-SHA-256\$4096:.+\$(.+):(.+)$/.exec(verifier)!;
  const message = [
    'n=user,r=rOprNGfwEbeRWgbNEkqO',
    `r=${NONCE},s=${SALT},i=4096`,
    `c=biws,r=${NONCE}`,
  ].join(',');
  const sign = (key: string) =>
    createHmac('sha256', Buffer.from(key, 'base64')).update(message).digest();

  expect(sign(serverKey!).toString('base64')).toBe(SERVER_SIGNATURE);

  // The server takes the client's key out of the proof, and knows its digest.
  const proof = Buffer.from(PROOF, 'base64');
  const clientKey = sign(storedKey!).map((byte, index) => byte ^ proof[index]!);
  expect(createHash('sha256').update(clientKey).digest('base64')).toBe(storedKey);
});

it('salts every verifier afresh', async () => {
  expect(await scramVerifier('pencil')).not.toBe(await scramVerifier('pencil'));
});

it('refuses a password that would need SASLprep', async () => {
  await expect(scramVerifier('pässword')).rejects.toThrow('ASCII');
  await expect(scramVerifier('')).rejects.toThrow('ASCII');
});
