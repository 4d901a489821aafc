import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../scripts/terminal.mjs';
import { Customer } from './customer.mjs';
import { spread } from './figures.mjs';

const DATABASES = 30;
const SPARES = 3;
const SPARES_MS = 60_000;

/** @typedef {import('./stack.mjs').Stack} Stack */
/** @typedef {{ answeredMs: number, readyMs: number, firstRowMs: number }} Times all since the POST was sent */
/** @typedef {ReturnType<typeof spread>} Spread */
/** @typedef {{ cold: Record<keyof Times, Spread>, pool: Record<keyof Times, Spread> }} ProvisionFigures */

/**
 * From `POST /v1/databases` to the first row of the new database, made on demand and taken from
 * the warm pool; one at a time. The page's view: it asks for the row until it comes.
 *
 * @param {Stack} stack
 * @param {{ signal: AbortSignal }} options
 * @returns {Promise<ProvisionFigures>}
 */
export async function benchProvision(stack, { signal }) {
  const gateway = await stack.startGateway();
  const customer = await Customer.signUp(gateway.url, signal);
  const cold = await progress('provision, cold', async () => {
    const provisioner = await stack.startProvisioner(0);
    const times = await series(stack, customer, async () => {});
    await stack.stopAll([provisioner]);
    return times;
  });
  const pool = await progress('provision, from the pool', async () => {
    const provisioner = await stack.startProvisioner(SPARES);
    const times = await series(stack, customer, () => poolIsFull(stack));
    await stack.stopAll([provisioner]);
    return times;
  });
  await stack.stopAll([gateway]);
  return { cold: summary(cold), pool: summary(pool) };
}

async function series(
  /** @type {Stack} */ stack,
  /** @type {Customer} */ customer,
  /** @type {() => Promise<void>} */ before,
) {
  const times = [];
  for (let index = 0; index <= DATABASES; index++) {
    await before();
    times.push(await once(stack, customer));
  }
  // The first pays for what is made once: connections, compiled code.
  return times.slice(1);
}

/** @returns {Promise<Times>} */
async function once(/** @type {Stack} */ stack, /** @type {Customer} */ customer) {
  const startedAt = performance.timeOrigin + performance.now();
  const sinceStart = () => performance.timeOrigin + performance.now() - startedAt;
  const database = await customer.requestDatabase();
  const answeredMs = sinceStart();
  const [row] = await customer.firstRows(database, 'select 40 + 2 as answer');
  const firstRowMs = sinceStart();
  if (row?.answer !== 42) throw new Error(`a new database answered ${JSON.stringify(row)}`);
  // Read afterwards, by the same clock: asking meanwhile would slow down what is measured.
  const [state] = await stack.control(
    'select extract(epoch from state_changed_at) * 1000 as at from database where id = $1',
    [database.id],
  );
  return { answeredMs, readyMs: Number(state.at) - startedAt, firstRowMs };
}

/** The next claim is to be measured, not the making of the spare after the last one. */
async function poolIsFull(/** @type {Stack} */ stack) {
  for (const until = Date.now() + SPARES_MS; Date.now() < until; await sleep(50)) {
    const rows = await stack.control('select from spare_database where ready');
    if (rows.length >= SPARES) return;
  }
  throw new Error('the warm pool did not fill up');
}

/** @returns {Record<keyof Times, Spread>} */
function summary(/** @type {readonly Times[]} */ times) {
  return {
    answeredMs: spread(times.map((one) => one.answeredMs)),
    readyMs: spread(times.map((one) => one.readyMs)),
    firstRowMs: spread(times.map((one) => one.firstRowMs)),
  };
}
