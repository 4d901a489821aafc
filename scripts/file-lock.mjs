import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson } from './private-file.mjs';
import { identify, isRunning } from './process-identity.mjs';

const POLL_MS = 100;

/**
 * One at a time, between processes: `npm start` and `npm test` in one checkout would otherwise
 * both install or build into the same folder. The lock of a process that is gone counts for nothing.
 *
 * @template T
 * @param {string} file
 * @param {AbortSignal | undefined} signal
 * @param {() => Promise<T>} work
 */
export async function withFileLock(file, signal, work) {
  mkdirSync(dirname(file), { recursive: true });
  while (!take(file)) {
    signal?.throwIfAborted();
    if (!isHeld(file)) rmSync(file, { force: true });
    else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(/** @type {string} */ file) {
  try {
    writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

function isHeld(/** @type {string} */ file) {
  try {
    const holder = readJson(file);
    // Without an entry the file went away in between: the next attempt tells.
    return holder === undefined || isRunning(holder);
  } catch {
    return false;
  }
}
