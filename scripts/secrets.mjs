import { randomBytes } from 'node:crypto';
import { readJson, writePrivateJson } from './private-file.mjs';

const token = () => randomBytes(32).toString('base64url');

/** How each secret of a home is made, the first time it is wanted. */
const MAKE = {
  postgresPassword: token,
  controlPassword: token,
  clusterSecret: token,
  operatorToken: () => `hdo_${token()}`,
  ownerPassword: token,
  developerPassword: token,
};

/** @typedef {Record<keyof typeof MAKE, string>} Secrets */

/**
 * The secrets of this home, made when missing: a file of an older version lacks the newer ones.
 *
 * @param {string} file
 * @returns {Secrets}
 */
export function openSecrets(file) {
  const kept = readJson(file) ?? {};
  const missing = Object.entries(MAKE).filter(([name]) => kept[name] === undefined);
  if (missing.length === 0) return kept;
  const secrets = { ...kept, ...Object.fromEntries(missing.map(([name, make]) => [name, make()])) };
  writePrivateJson(file, secrets);
  return secrets;
}
