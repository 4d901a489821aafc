import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/**
 * @typedef {object} Ask one request
 * @property {string} path
 * @property {Record<string, string>} [headers]
 * @property {string} body
 * @property {string[]} marks texts that the right answer has in it
 */

/**
 * @typedef {object} Job
 * @property {string} url
 * @property {number} connections
 * @property {number} seconds
 * @property {Ask[][]} clients what each connection asks, over and over; shared when there are fewer
 */

/** @typedef {{ requests: number, perSecond: number, p50Ms: number, p99Ms: number }} Load */

/** Loads a server. Throws on any answer that fails or is wrong: its rate would mean nothing. @returns {Promise<Load>} */
export async function load(/** @type {Job} */ job, /** @type {AbortSignal} */ signal) {
  const outcome = await runWorker('load-worker.mjs', job, signal);
  const { failures, failed, ...figures } = outcome;
  if (failures > 0) {
    throw new Error(`${job.url}: ${failures} answers were wrong: ${JSON.stringify(failed)}`);
  }
  return figures;
}

/**
 * Runs a module of this folder as a process: a job goes in as JSON, its outcome comes out.
 *
 * @param {string} file
 * @param {unknown} job
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export async function runWorker(file, job, signal) {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    signal,
  });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  child.stdin.end(JSON.stringify(job));
  const [output, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(output);
}
