import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { progress } from '../scripts/terminal.mjs';
import { Customer } from './customer.mjs';
import { round } from './figures.mjs';
import { Stack } from './stack.mjs';

const DATABASES = 1_000;
const CREATED_AT_ONCE = 4;
const GIVE_UP_MS = 300_000;
const POLL_MS = 10;
/** What is measured, with what Postgres does by default in between as its peer. */
const ROUNDS = /** @type {const} */ (['syncfs', 'fsync', 'syncfs']);

/** @typedef {typeof ROUNDS[number]} Method of bringing files to the disk before recovery */
/** @typedef {import('./customer.mjs').Database} Database */

/**
 * @typedef {object} Crash
 * @property {Method} method
 * @property {number} loginMs from the kill to the answer to a first statement past the gateway
 * @property {number} gatewayMs the same, by the gateway
 */

/** @typedef {{ databases: number, crashes: Crash[] }} RecoveryFigures */

/**
 * From the death of one backend, which restarts the whole cluster, to the first answer after it,
 * with so many customers' databases. On a server of its own that waits for the disk: one that
 * does not has nothing to recover.
 *
 * @param {{ signal: AbortSignal }} options
 * @returns {Promise<RecoveryFigures>}
 */
export async function benchRecovery({ signal }) {
  const stack = new Stack(signal, { durable: true });
  try {
    await progress('recovery, starting', () => stack.start());
    const gateway = await stack.startGateway();
    const provisioner = await stack.startProvisioner(0);
    const customer = await Customer.signUp(gateway.url, signal);
    const database = await customer.requestDatabase();
    await customer.firstRows(database, 'select 1');
    await stack.stopAll([provisioner]);
    await progress(`recovery, ${DATABASES} databases`, () => createDatabases(stack, DATABASES - 1));
    const crashes = [];
    for (const method of ROUNDS) {
      const crashed = () => crash(stack, method, customer, database);
      crashes.push(await progress(`recovery, by ${method}`, crashed));
    }
    return { databases: DATABASES, crashes };
  } finally {
    await progress('recovery, removing the databases', () => stack.stop());
  }
}

/** Copies of the real template; the provisioner's roles and grants would add no file to them. */
async function createDatabases(/** @type {Stack} */ stack, /** @type {number} */ count) {
  const [template] = await stack.admin(
    `select datname as name from pg_database where datistemplate and datname like 'tmpl\\_%'`,
  );
  let made = 0;
  const makeSome = () =>
    stack.withAdmin(async (client) => {
      while (made < count) {
        stack.signal.throwIfAborted();
        await client.query(
          `create database d_bench_${made++} template "${template.name}" strategy wal_log`,
        );
      }
    });
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, makeSome));
}

/** @returns {Promise<Crash>} */
async function crash(
  /** @type {Stack} */ stack,
  /** @type {Method} */ method,
  /** @type {Customer} */ customer,
  /** @type {Database} */ database,
) {
  await useMethod(stack, method);
  await customer.firstRows(database, 'select 1');
  const startedAt = performance.now();
  const sinceStart = () => round(performance.now() - startedAt, 0);
  await killOneBackend(stack);
  const [loginMs, gatewayMs] = await Promise.all([
    answers(stack, () => stack.admin('select 1')).then(sinceStart),
    answers(stack, () => customer.firstRows(database, 'select 1')).then(sinceStart),
  ]);
  return { method, loginMs, gatewayMs };
}

async function useMethod(/** @type {Stack} */ stack, /** @type {Method} */ method) {
  // Nothing is left to replay: what is measured grows with the databases, not with the last writes.
  await stack.admin('checkpoint');
  await stack.admin(`alter system set recovery_init_sync_method = '${method}'`);
  await stack.admin('select pg_reload_conf()');
  await until(stack, async () => {
    const [row] = await stack.admin('show recovery_init_sync_method');
    return row.recovery_init_sync_method === method;
  });
}

/** Returns when the postmaster has ended all others too: until then some would still answer. */
async function killOneBackend(/** @type {Stack} */ stack) {
  const clients = [0, 1].map(() => new pg.Client({ connectionString: stack.postgres.adminUrl }));
  const ended = clients.map(
    (client) => new Promise((resolve) => void client.on('error', () => {}).once('end', resolve)),
  );
  await Promise.all(clients.map((client) => client.connect()));
  const { rows } = await /** @type {pg.Client} */ (clients[0]).query('select pg_backend_pid() pid');
  process.kill(rows[0].pid, 'SIGKILL');
  await Promise.all(ended);
}

/** Waits until it can be asked, whatever the answers before. */
async function answers(/** @type {Stack} */ stack, /** @type {() => Promise<unknown>} */ question) {
  await until(stack, () =>
    question().then(
      () => true,
      () => false,
    ),
  );
}

async function until(/** @type {Stack} */ stack, /** @type {() => Promise<boolean>} */ condition) {
  for (const giveUpAt = Date.now() + GIVE_UP_MS; !(await condition()); await sleep(POLL_MS)) {
    stack.signal.throwIfAborted();
    if (Date.now() > giveUpAt) throw new Error(`nothing after ${GIVE_UP_MS / 1_000} s`);
  }
}
