// The load generator, a process of its own: reads a job as JSON on standard input, writes its
// outcome to standard output. What it costs is the same for every target.
import { json } from 'node:stream/consumers';
import autocannon from 'autocannon';

/** @typedef {import('./load.mjs').Ask} Ask */

const job = /** @type {import('./load.mjs').Job} */ (await json(process.stdin));
let nextClient = 0;

const result = await autocannon({
  url: job.url,
  connections: job.connections,
  duration: job.seconds,
  timeout: 30,
  setupClient: (client) => giveRequests(client, job.clients[nextClient++ % job.clients.length]),
});

const { errors, timeouts, non2xx, mismatches, requests, latency, duration } = result;
process.stdout.write(
  JSON.stringify({
    requests: requests.total,
    perSecond: requests.total / duration,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    failures: errors + timeouts + non2xx + mismatches,
    failed: { errors, timeouts, non2xx, mismatches },
  }),
);

/**
 * Each client goes round its own list, one request at a time, so the n-th answer is that of the
 * n-th request: every body is looked at, not only its status. autocannon's `onResponse` would do
 * too, at several times the cost a request.
 *
 * @param {import('autocannon').Client} client
 * @param {readonly Ask[] | undefined} asks
 */
function giveRequests(client, asks) {
  if (!asks) throw new Error('a client without requests');
  const requests = asks.map(({ path, headers, body }) => ({
    method: /** @type {const} */ ('POST'),
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  }));
  client.setRequests(requests);
  let answers = 0;
  const { opts } = /** @type {{ opts: import('autocannon').Options }} */ (
    /** @type {unknown} */ (client)
  );
  opts.verifyBody = (body) => {
    const ask = asks[answers++ % asks.length];
    return ask !== undefined && ask.marks.every((mark) => String(body).includes(mark));
  };
}
