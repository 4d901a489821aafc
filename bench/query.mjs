import { cpuTimeMs } from './cpu-time.mjs';
import { median, round } from './figures.mjs';
import { load, runWorker } from './load.mjs';
import { makePeopleDatabase } from './people-database.mjs';
import { CONNECTIONS_MAX, QUESTIONS } from './questions.mjs';
import { checkAnswers, GATEWAY_ENV, startTargets } from './targets.mjs';
import { progress } from '../scripts/terminal.mjs';

const CONNECTIONS = [1, 20, CONNECTIONS_MAX];
const ROUNDS = 3;
const WARM_UP_SECONDS = 2;

/** @typedef {import('./stack.mjs').Stack} Stack */
/** @typedef {import('./targets.mjs').Target} Target */
/** @typedef {import('./questions.mjs').BenchQuestion} BenchQuestion */
/** @typedef {{ seconds: number, signal: AbortSignal }} Options */

/**
 * @typedef {object} Measured
 * @property {number} perSecond
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number | null} serverCpuMs CPU time of the server process a request
 * @property {number | null} postgresCpuMs the same of Postgres, all of its processes
 */

/**
 * @typedef {object} QueryFigures
 * @property {string} question
 * @property {number} connections
 * @property {Record<string, Measured>} targets medians of the rounds
 * @property {{ perSecond: number }} floor
 * @property {{ overBare: number, overPostgresMeta: number }} ratios medians of the rounds' ratios
 */

/** Rates of the gateway and its peers, in turns, so that what else the machine does hits all alike. */
export async function benchQueries(/** @type {Stack} */ stack, /** @type {Options} */ options) {
  const gateway = await stack.startGateway(GATEWAY_ENV);
  const provisioner = await stack.startProvisioner(1);
  const database = await makePeopleDatabase(stack, gateway.url);
  await stack.stopAll([provisioner]);
  const tenantUrl = await stack.tenantUrl(database.id);
  const targets = await startTargets(stack, gateway, database);
  for (const target of targets) await checkAnswers(target);
  const figures = [];
  for (const question of QUESTIONS) {
    await warmUp(targets, question, options);
    for (const connections of CONNECTIONS) {
      const at = `${question.name}, ${connections} connections`;
      figures.push(
        await progress(at, () =>
          compare(stack, targets, question, connections, tenantUrl, options),
        ),
      );
    }
  }
  for (const target of targets) await checkAnswers(target);
  await stack.stopAll(targets.map(({ running }) => running));
  return figures;
}

/** Before what is measured: connections, compiled code, caches. */
export async function warmUp(
  /** @type {readonly Target[]} */ targets,
  /** @type {BenchQuestion} */ question,
  /** @type {Options} */ { signal },
) {
  for (const target of targets) {
    const { url } = target.running;
    const clients = question.clients(target);
    await load({ url, connections: 20, seconds: WARM_UP_SECONDS, clients }, signal);
  }
}

/**
 * @param {Stack} stack
 * @param {readonly Target[]} targets
 * @param {BenchQuestion} question
 * @param {number} connections
 * @param {string} tenantUrl
 * @param {Options} options
 * @returns {Promise<QueryFigures>}
 */
async function compare(stack, targets, question, connections, tenantUrl, { seconds, signal }) {
  /** @type {Record<string, Measured>[]} */
  const rounds = [];
  const floors = [];
  for (let round = 0; round < ROUNDS; round++) {
    /** @type {Record<string, Measured>} */
    const measured = {};
    for (let turn = 0; turn < targets.length; turn++) {
      const target = targets[(round + turn) % targets.length];
      if (!target) continue;
      const clients = question.clients(target);
      const job = { url: target.running.url, connections, seconds, clients };
      measured[target.name] = await measure(stack, target, job, signal);
    }
    rounds.push(measured);
    const floorJob = { url: tenantUrl, connections, seconds, asks: question.floor() };
    floors.push((await runWorker('floor-worker.mjs', floorJob, signal)).perSecond);
  }
  return {
    question: question.name,
    connections,
    targets: Object.fromEntries(targets.map(({ name }) => [name, medians(rounds, name)])),
    floor: { perSecond: round(median(floors), 0) },
    ratios: {
      overBare: ratio(rounds, 'bare'),
      overPostgresMeta: ratio(rounds, 'postgresMeta'),
    },
  };
}

/** One load on one target, with the CPU time that it took. @returns {Promise<Measured>} */
export async function measure(
  /** @type {Stack} */ stack,
  /** @type {Target} */ target,
  /** @type {import('./load.mjs').Job} */ job,
  /** @type {AbortSignal} */ signal,
) {
  const read = () => ({
    server: cpuTimeMs(target.running.service.pid),
    postgres: cpuTimeMs(stack.postgres.pid, { withChildren: true }),
  });
  const before = read();
  const { requests, perSecond, p50Ms, p99Ms } = await load(job, signal);
  const after = read();
  const used = (/** @type {'server' | 'postgres'} */ who) =>
    after[who] === undefined || before[who] === undefined
      ? null
      : (after[who] - before[who]) / requests;
  return { perSecond, p50Ms, p99Ms, serverCpuMs: used('server'), postgresCpuMs: used('postgres') };
}

/** @returns {Measured} */
function medians(
  /** @type {readonly Record<string, Measured>[]} */ rounds,
  /** @type {string} */ name,
) {
  const all = rounds.flatMap((measured) => measured[name] ?? []);
  const middle = (/** @type {(one: Measured) => number | null} */ pick, digits = 2) => {
    const known = all.map(pick).filter((value) => value !== null);
    return known.length === 0 ? null : round(median(known), digits);
  };
  return {
    perSecond: Number(middle((one) => one.perSecond, 0)),
    p50Ms: Number(middle((one) => one.p50Ms)),
    p99Ms: Number(middle((one) => one.p99Ms)),
    serverCpuMs: middle((one) => one.serverCpuMs, 3),
    postgresCpuMs: middle((one) => one.postgresCpuMs, 3),
  };
}

/** Of each round by itself: two that ran side by side had the same machine. */
function ratio(
  /** @type {readonly Record<string, Measured>[]} */ rounds,
  /** @type {string} */ other,
) {
  return round(
    median(
      rounds.map(
        (measured) => Number(measured.gateway?.perSecond) / Number(measured[other]?.perSecond),
      ),
    ),
  );
}
