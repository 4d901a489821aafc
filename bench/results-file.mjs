import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../scripts/private-file.mjs';
import { goalsOf } from './goals.mjs';

/** @typedef {import('./main.mjs').Results} Results */

/**
 * Writes bench/results/<UTC date>.json. Parts that did not run this time stay as they are if they
 * are of the same day and commit. @returns {string} the file
 */
export function writeResults(/** @type {Omit<Results, 'goals'>} */ results) {
  const folder = join(import.meta.dirname, 'results');
  const file = join(folder, `${results.at.slice(0, 10)}.json`);
  const earlier = readJson(file);
  const sameCode = JSON.stringify(earlier?.code) === JSON.stringify(results.code);
  const figures = sameCode ? { ...earlier.figures, ...results.figures } : results.figures;
  const whole = { ...results, figures, goals: goalsOf(figures) };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`);
  return file;
}
