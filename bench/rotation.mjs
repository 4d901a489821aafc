import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../scripts/terminal.mjs';
import { Customer } from './customer.mjs';
import { round } from './figures.mjs';
import { load } from './load.mjs';

const DATABASES = 200;
const CONNECTIONS_MAX = 50;
const CLIENTS = 20;
const CREATED_AT_ONCE = 4;
const REQUESTS_A_CLIENT = 500;
const SAMPLE_EVERY_MS = 20;
const WARM_POOL = 5;

/** @typedef {import('./stack.mjs').Stack} Stack */
/** @typedef {import('./customer.mjs').Database} Database */
/** @typedef {import('./load.mjs').Ask} Ask */

/**
 * @typedef {object} RotationFigures
 * @property {number} databases
 * @property {number} connectionsMax the gateway's cap
 * @property {number} connectionsSeenMax most that Postgres had open to customers' databases
 * @property {number} samples how often that was looked at
 * @property {number} clients
 * @property {number} requests
 * @property {number} perSecond
 * @property {number} p50Ms
 * @property {number} p99Ms
 */

/**
 * Many databases, each asked now and then, under a cap on connections that is far below their
 * number: most requests find that another database's connection has to make room.
 *
 * @param {Stack} stack
 * @param {{ seconds: number, signal: AbortSignal }} options
 * @returns {Promise<RotationFigures>}
 */
export async function benchRotation(stack, { seconds, signal }) {
  const gateway = await stack.startGateway({ POOL_CONNECTIONS_MAX: String(CONNECTIONS_MAX) });
  const provisioner = await stack.startProvisioner(WARM_POOL);
  const databases = await progress(`${DATABASES} databases`, () =>
    createDatabases(stack, gateway.url, signal),
  );
  await stack.stopAll([provisioner]);
  const clients = await requestsFor(stack, databases);
  const job = { url: gateway.url, connections: CLIENTS, seconds, clients };
  const [figures, seen] = await progress('rotation', () => loadAndWatch(stack, job, signal));
  await stack.stopAll([gateway]);
  if (seen.max > CONNECTIONS_MAX) {
    throw new Error(`${seen.max} connections were open, over the cap of ${CONNECTIONS_MAX}`);
  }
  return {
    databases: DATABASES,
    connectionsMax: CONNECTIONS_MAX,
    connectionsSeenMax: seen.max,
    samples: seen.samples,
    clients: CLIENTS,
    requests: figures.requests,
    perSecond: round(figures.perSecond, 0),
    p50Ms: figures.p50Ms,
    p99Ms: figures.p99Ms,
  };
}

/** @returns {Promise<Database[]>} */
async function createDatabases(
  /** @type {Stack} */ stack,
  /** @type {string} */ url,
  /** @type {AbortSignal} */ signal,
) {
  const customer = await Customer.signUp(url, signal);
  /** @type {Database[]} */
  const databases = [];
  const makeSome = async () => {
    while (databases.length < DATABASES) {
      const database = await customer.requestDatabase();
      databases.push(database);
      await becomesReady(stack, database, signal);
    }
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, makeSome));
  return databases;
}

/** Looked up beside the gateway, which has then no connection yet when the load begins. */
async function becomesReady(
  /** @type {Stack} */ stack,
  /** @type {Database} */ database,
  /** @type {AbortSignal} */ signal,
) {
  for (;;) {
    signal.throwIfAborted();
    const [{ state }] = await stack.control('select state from database where id = $1', [
      database.id,
    ]);
    if (state === 'ready') return;
    if (state === 'failed') throw new Error(`${database.id} could not be made`);
    await sleep(20);
  }
}

/** Each answer must name the very database it was asked of. @returns {Promise<Ask[][]>} */
async function requestsFor(
  /** @type {Stack} */ stack,
  /** @type {readonly Database[]} */ databases,
) {
  const places = await stack.control('select id, physical_name as name from database');
  const names = new Map(places.map(({ id, name }) => [id, name]));
  const asks = databases.map(({ id, path, secret }) => ({
    path,
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ query: 'select current_database() as name' }),
    marks: [`"rows":[{"name":"${names.get(id)}"}]`],
  }));
  return Array.from({ length: CLIENTS }, () =>
    Array.from({ length: REQUESTS_A_CLIENT }, () => pick(asks)),
  );
}

function pick(/** @type {readonly Ask[]} */ asks) {
  const ask = asks[Math.floor(Math.random() * asks.length)];
  if (!ask) throw new Error('nothing to ask');
  return ask;
}

async function loadAndWatch(
  /** @type {Stack} */ stack,
  /** @type {import('./load.mjs').Job} */ job,
  /** @type {AbortSignal} */ signal,
) {
  const done = new AbortController();
  const watching = watchConnections(stack, done.signal);
  const figures = await load(job, signal).finally(() => done.abort());
  return /** @type {const} */ ([figures, await watching]);
}

/** Postgres' own count: it knows of connections that their gateway has forgotten. */
async function watchConnections(/** @type {Stack} */ stack, /** @type {AbortSignal} */ signal) {
  return await stack.withAdmin(async (client) => {
    const seen = { max: 0, samples: 0 };
    while (!signal.aborted) {
      const { rows } = await client.query(
        `select count(*)::int as open from pg_stat_activity
         where backend_type = 'client backend' and usename like 'd\\_%'`,
      );
      seen.max = Math.max(seen.max, rows[0].open);
      seen.samples++;
      await sleep(SAMPLE_EVERY_MS);
    }
    return seen;
  });
}
