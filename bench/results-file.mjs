import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../scripts/private-file.mjs';

/** @typedef {import('./main.mjs').Results} Results */

/**
 * Writes bench/results/<UTC date>.json. Parts that did not run this time stay as they are if they
 * are of the same day and commit. @returns {string} the file
 */
export function writeResults(/** @type {Results} */ results) {
  const folder = join(import.meta.dirname, 'results');
  const file = join(folder, `${results.at.slice(0, 10)}.json`);
  const earlier = readJson(file);
  const sameCode = JSON.stringify(earlier?.code) === JSON.stringify(results.code);
  const figures = sameCode ? { ...earlier.figures, ...results.figures } : results.figures;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...results, figures }, null, 2)}\n`);
  return file;
}
