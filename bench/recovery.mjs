import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inheritedEnv, runToEnd } from '../scripts/processes.mjs';
import { progress } from '../scripts/terminal.mjs';
import { Customer } from './customer.mjs';
import { round } from './figures.mjs';
import { Stack } from './stack.mjs';

const DATABASES = 1_000;
const CREATED_AT_ONCE = 4;
const GIVE_UP_MS = 30_000;
const POLL_MS = 10;
const ASK_MS = 1_000;
/** What is measured, and last, since the server may not come back in time, what Postgres does by default. */
const ROUNDS = /** @type {const} */ (['syncfs', 'syncfs', 'syncfs', 'fsync']);

/** @typedef {typeof ROUNDS[number]} Method of bringing files to the disk before recovery */
/** @typedef {import('./customer.mjs').Database} Database */

/**
 * @typedef {object} Crash
 * @property {Method} method
 * @property {number | null} loginMs from the kill to the answer to a first statement past the
 *   gateway; null if there was none in 30 s
 * @property {number | null} gatewayMs the same, by the gateway
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
    const crashes = await crashAgain(stack);
    return { databases: DATABASES, crashes };
  } finally {
    await progress('recovery, removing the databases', () => stack.stop());
  }
}

/** @returns {Promise<Crash[]>} */
async function crashAgain(/** @type {Stack} */ stack) {
  const gateway = await stack.startGateway();
  const provisioner = await stack.startProvisioner(0);
  const customer = await Customer.signUp(gateway.url, stack.signal);
  const database = await customer.requestDatabase();
  await customer.firstRows(database, 'select 1');
  await stack.stopAll([provisioner]);
  await progress(`recovery, ${DATABASES} databases`, () => createDatabases(stack, DATABASES - 1));
  const crashes = [];
  try {
    for (const method of ROUNDS) {
      const crashed = () => crash(stack, method, customer, database);
      crashes.push(await progress(`recovery, by ${method}`, crashed));
    }
  } finally {
    // A server that is still syncing its files heeds no other signal.
    stack.postgres.service.signal('SIGQUIT');
  }
  return crashes;
}

/**
 * Copies of the real template; the provisioner's roles and grants would add no file to them. Meanwhile
 * the server does not wait for the disk, where all is brought at once afterwards: file by file it
 * takes minutes.
 */
async function createDatabases(/** @type {Stack} */ stack, /** @type {number} */ count) {
  const [template] = await stack.admin(
    `select datname as name from pg_database where datistemplate and datname like 'tmpl\\_%'`,
  );
  await configure(stack, 'fsync', 'off');
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
  // Nothing is left to replay: what is measured grows with the databases, not with the last writes.
  await stack.admin('checkpoint');
  await runToEnd({ name: 'sync', command: 'sync', args: [], env: inheritedEnv() });
  await configure(stack, 'fsync', 'on');
}

/** @returns {Promise<Crash>} */
async function crash(
  /** @type {Stack} */ stack,
  /** @type {Method} */ method,
  /** @type {Customer} */ customer,
  /** @type {Database} */ database,
) {
  await configure(stack, 'recovery_init_sync_method', method);
  await customer.firstRows(database, 'select 1');
  const startedAt = performance.now();
  await killOneBackend(stack);
  const answered = async (/** @type {() => Promise<unknown>} */ question) => {
    const at = await firstTime(stack, () => question().then(Boolean, () => false));
    return at && round(at - startedAt, 0);
  };
  const [loginMs, gatewayMs] = await Promise.all([
    answered(() => stack.admin('select 1')),
    answered(() => customer.firstRows(database, 'select 1', ASK_MS)),
  ]);
  return { method, loginMs, gatewayMs };
}

async function configure(
  /** @type {Stack} */ stack,
  /** @type {string} */ name,
  /** @type {string} */ value,
) {
  await stack.admin(`alter system set ${name} = ${value}`);
  await stack.admin('select pg_reload_conf()');
  const shows = async () => (await stack.admin(`show ${name}`))[0][name] === value;
  if ((await firstTime(stack, shows)) === null) throw new Error(`${name} was not set`);
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

/** When the condition first held, by the clock of `performance`; null if it does not. */
async function firstTime(
  /** @type {Stack} */ stack,
  /** @type {() => Promise<boolean>} */ condition,
) {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (; performance.now() < giveUpAt; await sleep(POLL_MS)) {
    stack.signal.throwIfAborted();
    if (await condition()) return performance.now();
  }
  return null;
}
