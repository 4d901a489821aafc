// A page that asks for one row after the other, and writes down how long each took. A process of
// its own, so that the attackers' answers do not hold up its clock.
import { json } from 'node:stream/consumers';

/**
 * @typedef {object} VictimJob
 * @property {string} url
 * @property {number} seconds
 * @property {number} pages that ask at once, each one request at a time
 * @property {import('./load.mjs').Ask[]} asks
 */

/** @typedef {{ answersMs: number[], problems: string[] }} Suffering `problems`: of answers that were wrong */

const PATIENCE_MS = 20_000;

const job = /** @type {VictimJob} */ (await json(process.stdin));
/** @type {Suffering} */
const seen = { answersMs: [], problems: [] };
const until = performance.now() + job.seconds * 1_000;
await Promise.all(Array.from({ length: job.pages }, (_, page) => askAgain(page)));
process.stdout.write(JSON.stringify(seen));

async function askAgain(/** @type {number} */ page) {
  for (let at = page * 7; performance.now() < until; at++) {
    const ask = job.asks[at % job.asks.length];
    if (!ask) throw new Error('nothing to ask');
    const startedAt = performance.now();
    const problem = await problemOf(ask);
    seen.answersMs.push(Number((performance.now() - startedAt).toFixed(3)));
    if (problem !== undefined) seen.problems.push(problem);
  }
}

/** @returns {Promise<string | undefined>} */
async function problemOf(/** @type {import('./load.mjs').Ask} */ { path, headers, body, marks }) {
  try {
    const response = await fetch(new URL(path, job.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    const right = response.ok && marks.every((mark) => text.includes(mark));
    return right ? undefined : `${response.status} ${text.slice(0, 300)}`;
  } catch (error) {
    return String(error);
  }
}
