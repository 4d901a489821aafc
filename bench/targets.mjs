import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { ROOT } from '../scripts/settings.mjs';
import { markOf, onePerson, PAGE_ROWS, pageOfPeople, peopleFrom, plain } from './people.mjs';

/** Connections to Postgres of the gateway and of the bare server alike. */
const POOL_MAX = 20;
const META_FILE = 'node_modules/@supabase/postgres-meta/dist/server/server.js';

/** @typedef {import('./people.mjs').Question} Question */
/** @typedef {import('./load.mjs').Ask} Ask */
/** @typedef {import('./stack.mjs').Running} Running */

/**
 * @typedef {object} Target one of those that are measured side by side
 * @property {'gateway' | 'base' | 'bare' | 'postgresMeta'} name
 * @property {Running} running
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {(question: Question) => unknown} body
 * @property {(answer: any) => Record<string, unknown>[]} rows
 */

/**
 * Starts all three on the same database with the same login.
 *
 * @param {import('./stack.mjs').Stack} stack
 * @param {Running} gateway
 * @param {import('./customer.mjs').Database} database
 * @returns {Promise<Target[]>}
 */
export async function startTargets(stack, gateway, database) {
  const url = await stack.tenantUrl(database.id);
  const bare = await stack.startPeer(
    'bare',
    join(import.meta.dirname, 'bare-server.mjs'),
    (port) => ({
      PORT: String(port),
      DATABASE_URL: url,
      POOL_MAX: String(POOL_MAX),
    }),
  );
  const meta = await stack.startPeer('postgres-meta', join(ROOT, META_FILE), (port) => ({
    PG_META_HOST: '127.0.0.1',
    PG_META_PORT: String(port),
    PG_META_DB_URL: url,
  }));
  return [
    gatewayTarget('gateway', gateway, database),
    { name: 'bare', running: bare, path: '/', headers: {}, body: same, rows: same },
    {
      name: 'postgresMeta',
      running: meta,
      path: '/query',
      headers: {},
      body: ({ query, params }) => ({ query, parameters: params }),
      rows: same,
    },
  ];
}

/**
 * @param {Target['name']} name
 * @param {Running} running
 * @param {import('./customer.mjs').Database} database
 * @returns {Target}
 */
export function gatewayTarget(name, running, { path, secret }) {
  const headers = { authorization: `Bearer ${secret}`, origin: 'https://bench.example' };
  return { name, running, path, headers, body: same, rows: rowsOf };
}

/** What the gateway is started with, beside what every gateway gets. */
export const GATEWAY_ENV = { POOL_CONNECTIONS_MAX: String(POOL_MAX) };

/** A request with what to look for in its answer. @returns {Ask} */
export function askFor(
  /** @type {Target} */ target,
  /** @type {Question} */ question,
  /** @type {string[]} */ marks,
) {
  const { path, headers, body } = target;
  return { path, headers, body: JSON.stringify(body(question)), marks };
}

/** Reads whole answers, value by value: before a load and after it, when sessions are well used. */
export async function checkAnswers(/** @type {Target} */ target) {
  for (const id of [1, 4_711, 10_000]) {
    requireRows(target, await answer(target, onePerson(id)), peopleFrom(id, id), markOf(id));
  }
  const page = await answer(target, pageOfPeople());
  requireRows(target, page, peopleFrom(1, PAGE_ROWS), markOf(PAGE_ROWS));
}

async function answer(/** @type {Target} */ target, /** @type {Question} */ question) {
  const response = await fetch(new URL(target.path, target.running.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...target.headers },
    body: JSON.stringify(target.body(question)),
  });
  return await response.text();
}

function requireRows(
  /** @type {Target} */ { name, rows },
  /** @type {string} */ text,
  /** @type {object[]} */ wanted,
  /** @type {string} */ mark,
) {
  const right = isDeepStrictEqual(plain(rows(JSON.parse(text))), wanted);
  if (!right || !text.includes(mark)) throw new Error(`${name} answered ${text.slice(0, 500)}`);
}

/** @template T */
function same(/** @type {T} */ value) {
  return value;
}

function rowsOf(/** @type {{ rows: Record<string, unknown>[] }} */ answer) {
  return answer.rows;
}
