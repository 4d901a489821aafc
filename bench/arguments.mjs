import { parseArgs } from 'node:util';
import { ExpectedError } from '../scripts/expected-error.mjs';

/** Those that a bare `npm run bench` runs come first. */
export const PARTS = /** @type {const} */ ([
  'query',
  'provision',
  'rotation',
  'neighbours',
  'recovery',
  'compare',
]);
const BY_DEFAULT = /** @type {readonly Part[]} */ (PARTS.slice(0, 4));

const SECONDS_MAX = 600;

/** @typedef {typeof PARTS[number]} Part */

/**
 * @typedef {object} Wanted
 * @property {readonly Part[]} parts
 * @property {number} seconds of each load
 * @property {string} base revision that `compare` compares with
 */

/**
 * What `npm run bench` was asked to do.
 *
 * @param {readonly string[]} args
 * @returns {Wanted}
 */
export function readArguments(args) {
  const { values, positionals } = parsed(args);
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= SECONDS_MAX)) {
    throw new ExpectedError(`--seconds takes a number from 1 to ${SECONDS_MAX}`);
  }
  const unknown = positionals.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) {
    throw new ExpectedError(
      `npm run bench does not know ${unknown}; it takes: ${PARTS.join(', ')}`,
    );
  }
  const parts = PARTS.filter((part) => positionals.includes(part));
  if (parts.includes('compare') !== (values.base !== undefined)) {
    throw new ExpectedError('compare and --base go together: compare --base e9e82b6');
  }
  return { parts: parts.length > 0 ? parts : BY_DEFAULT, seconds, base: values.base ?? '' };
}

function parsed(/** @type {readonly string[]} */ args) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { seconds: { type: 'string', default: '5' }, base: { type: 'string' } },
    });
  } catch (error) {
    throw new ExpectedError(/** @type {Error} */ (error).message);
  }
}
