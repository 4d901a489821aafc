import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { ExpectedError } from './expected-error.mjs';

/**
 * Writes JSON that only this user may read. A reader sees the old file or the new one, never
 * half of it.
 */
export function writePrivateJson(/** @type {string} */ file, /** @type {unknown} */ value) {
  const draft = `${file}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}

/**
 * @param {string} file
 * @returns {any} undefined if there is no such file
 */
export function readJson(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ExpectedError(
      `${file} is not JSON. Put it right, or begin anew: npm start -- --fresh`,
    );
  }
}
