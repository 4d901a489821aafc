// node-postgres without HTTP: so many clients, each asking again as soon as it is answered, as
// pgbench does. What Postgres and its driver give when nothing stands in between.
import { json } from 'node:stream/consumers';
import pg from 'pg';

/**
 * @typedef {object} FloorJob
 * @property {string} url
 * @property {number} connections
 * @property {number} seconds
 * @property {{ question: import('./people.mjs').Question, rows: number, firstId: number }[]} asks
 */

const job = /** @type {FloorJob} */ (await json(process.stdin));
const clients = await Promise.all(
  Array.from({ length: job.connections }, async () => {
    const client = new pg.Client({ connectionString: job.url });
    await client.connect();
    return client;
  }),
);

const startedAt = performance.now();
const until = startedAt + job.seconds * 1_000;
const counts = await Promise.all(clients.map((client, index) => askAgain(client, index)));
const seconds = (performance.now() - startedAt) / 1_000;
await Promise.all(clients.map((client) => client.end()));
const requests = counts.reduce((sum, count) => sum + count, 0);
process.stdout.write(JSON.stringify({ requests, perSecond: requests / seconds }));

async function askAgain(/** @type {pg.Client} */ client, /** @type {number} */ index) {
  let count = 0;
  for (let at = index * 7; performance.now() < until; at++) {
    const ask = job.asks[at % job.asks.length];
    if (!ask) throw new Error('nothing to ask');
    const { rows } = await client.query(ask.question.query, ask.question.params);
    if (rows.length !== ask.rows || rows[0].id !== ask.firstId) throw new Error('wrong rows');
    count++;
  }
  return count;
}
