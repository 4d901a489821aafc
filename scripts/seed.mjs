import { setTimeout as sleep } from 'node:timers/promises';
import { ExpectedError } from './expected-error.mjs';
import { GatewayClient } from './gateway-client.mjs';
import { readJson, writePrivateJson } from './private-file.mjs';

const READY_MS = 60_000;
const POLL_MS = 50;
const OWNER = 'owner@howdah.localhost';
const DEVELOPER = 'developer@howdah.localhost';
// Never to come back by itself; a demo in such a state is made anew.
const LOST_STATES = new Set(['deleting', 'deleted', 'failed']);

const TODOS = `
create table if not exists todos (
  id bigint generated always as identity primary key,
  title text not null,
  done boolean not null default false,
  created_at timestamptz not null default now()
)`;
const ROWS = `
insert into todos (title, done)
select title, done from (values
  ('Say howdy', true), ('Send SQL from a page', false), ('Feed the elephant', false)
) as row (title, done)
where not exists (select from todos)`;

/** @typedef {{ email: string, password: string, token: string }} Person */
/** @typedef {{ id: string, key: string, filled: boolean }} Kept */

/**
 * The demo data, made by the public API the first time and found again later.
 *
 * @param {{ gateway: string, file: string, secrets: import('./secrets.mjs').Secrets, signal?: AbortSignal }} options
 *   `file`: where the demo's id and key are kept
 */
export async function seed({ gateway, file, secrets, signal }) {
  const client = new GatewayClient(gateway, signal);
  const [owner, developer] = await Promise.all([
    enter(client, OWNER, secrets.ownerPassword),
    enter(client, DEVELOPER, secrets.developerPassword),
  ]);
  const kept =
    (await findAgain(client, owner, readJson(file))) ?? (await create(client, owner, file));
  const database = await untilReady(client, owner, kept.id);
  if (!kept.filled) {
    await fill(client, kept);
    writePrivateJson(file, { ...kept, filled: true });
  }
  return { owner, developer, database: { id: kept.id, url: database.url, key: kept.key } };
}

/** @returns {Promise<Person>} */
async function enter(
  /** @type {GatewayClient} */ client,
  /** @type {string} */ email,
  /** @type {string} */ password,
) {
  const body = { email, password };
  const session = await client.call('POST', '/v1/sessions', { body, accept: [401] });
  if (session.status !== 401) return { ...body, token: session.body.token };
  const account = await client.call('POST', '/v1/accounts', { body, accept: [409] });
  if (account.status !== 409) return { ...body, token: account.body.token };
  throw new ExpectedError(
    `The password in secrets.json is not that of ${email}.\n` +
      'Put the right secrets.json back, or begin anew: npm start -- --fresh',
  );
}

/** @returns {Promise<Kept | undefined>} */
async function findAgain(
  /** @type {GatewayClient} */ client,
  /** @type {Person} */ { token },
  /** @type {Kept | undefined} */ kept,
) {
  if (kept === undefined) return undefined;
  const found = await client.call('GET', `/v1/databases/${kept.id}`, { token, accept: [404] });
  const isLost = found.status === 404 || LOST_STATES.has(found.body.database.state);
  return isLost ? undefined : kept;
}

/** The key is shown this once: it is kept before anything else can fail. @returns {Promise<Kept>} */
async function create(
  /** @type {GatewayClient} */ client,
  /** @type {Person} */ { token },
  /** @type {string} */ file,
) {
  const { body } = await client.call('POST', '/v1/databases', { token, body: { name: 'demo' } });
  const kept = { id: body.database.id, key: body.key.secret, filled: false };
  writePrivateJson(file, kept);
  return kept;
}

async function untilReady(
  /** @type {GatewayClient} */ client,
  /** @type {Person} */ { token },
  /** @type {string} */ id,
) {
  for (const until = Date.now() + READY_MS; ; await sleep(POLL_MS)) {
    const { database } = (await client.call('GET', `/v1/databases/${id}`, { token })).body;
    if (database.state === 'ready' || database.state === 'read_only') return database;
    if (LOST_STATES.has(database.state) || Date.now() > until) {
      throw new ExpectedError(`The demo database ${id} is ${database.state}, not ready.`);
    }
  }
}

async function fill(/** @type {GatewayClient} */ client, /** @type {Kept} */ { id, key }) {
  await client.call('POST', `/v1/databases/${id}/sql`, {
    token: key,
    body: { queries: [{ query: TODOS }, { query: ROWS }] },
  });
}
