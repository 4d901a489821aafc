import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../scripts/terminal.mjs';
import { ATTACKERS } from './attackers.mjs';
import { Customer } from './customer.mjs';
import { quantile, round } from './figures.mjs';
import { runWorker } from './load.mjs';
import { makePeopleDatabase } from './people-database.mjs';
import { markOf, onePerson, PEOPLE } from './people.mjs';
import { askFor, gatewayTarget } from './targets.mjs';

const ROUNDS = 2;
const SECONDS_MAX = 3;
const PAGES = 2;
const KEYS = 500;
// All that the free plan lets one database have under way.
const AT_ONCE = 10;
const HEAD_START_MS = 300;
// Refused at once, an attacker would otherwise only measure how fast this process can ask.
const PAUSE_MS = 5;
const PATIENCE_MS = 30_000;

/** @typedef {import('./stack.mjs').Stack} Stack */
/** @typedef {import('./attackers.mjs').Attacker} Attacker */
/** @typedef {import('./customer.mjs').Database} Database */
/** @typedef {import('./victim-worker.mjs').Suffering} Suffering */
/** @typedef {{ requests: number, p50Ms: number, p99Ms: number, maxMs: number }} Answers */

/**
 * @typedef {object} NeighbourFigures
 * @property {string} attacker
 * @property {Record<string, number>} outcomes of the attacker's requests, by code of error
 * @property {Answers} alone of the victim, before and between attacks
 * @property {Answers} beside of the victim, while the attack ran
 * @property {{ p50: number, p99: number, max: number }} ratios beside over alone
 * @property {string[]} problems of answers that the victim should not have got
 */

/**
 * What a tenant notices of another who does its worst on the same cluster and the same gateway: one
 * row by key, with and without the attacker, in turns. Both are on the free plan; neither the
 * requests a minute nor the seconds of computing stop the attacker.
 *
 * @param {Stack} stack
 * @param {{ seconds: number, signal: AbortSignal }} options
 * @returns {Promise<NeighbourFigures[]>}
 */
export async function benchNeighbours(stack, { seconds, signal }) {
  const gateway = await stack.startGateway();
  // It stays: a part of what holds attackers runs in it.
  const provisioner = await stack.startProvisioner(2);
  const victim = await makePeopleDatabase(stack, gateway.url);
  await stack.holdAsSold(victim.id);
  const target = gatewayTarget('gateway', gateway, victim);
  const asks = Array.from({ length: KEYS }, (_, at) => 1 + ((at * 7_919) % PEOPLE)).map((id) =>
    askFor(target, onePerson(id), [markOf(id)]),
  );
  const job = { url: gateway.url, seconds: Math.min(seconds, SECONDS_MAX), pages: PAGES, asks };
  /** @returns {Promise<Suffering>} */
  const ask = () => runWorker('victim-worker.mjs', job, signal);
  await ask();
  const customer = await Customer.signUp(gateway.url, signal);
  const figures = [];
  for (const attacker of ATTACKERS) {
    const database = await hostile(stack, customer, attacker);
    const attack = (/** @type {() => boolean} */ over) =>
      attackUntil(over, new URL(database.path, gateway.url), database, attacker);
    const compared = () => compare(attacker, ask, attack);
    figures.push(await progress(`neighbours, ${attacker.name}`, compared));
  }
  await stack.stopAll([gateway, provisioner]);
  return figures;
}

/** A database of its own for each, so that none finds another's leavings, or its suspension. */
async function hostile(
  /** @type {Stack} */ stack,
  /** @type {Customer} */ customer,
  /** @type {Attacker} */ { prepare = 'select 1' },
) {
  const database = await customer.requestDatabase();
  await customer.firstRows(database, prepare);
  await stack.holdAsSold(database.id);
  return database;
}

/**
 * @param {Attacker} attacker
 * @param {() => Promise<Suffering>} ask
 * @param {(over: () => boolean) => Promise<string[]>} attack
 * @returns {Promise<NeighbourFigures>}
 */
async function compare({ name }, ask, attack) {
  const alone = [];
  const beside = [];
  const outcomes = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    alone.push(await ask());
    let over = false;
    const attacking = attack(() => over);
    await sleep(HEAD_START_MS);
    beside.push(await ask().finally(() => (over = true)));
    outcomes.push(...(await attacking));
  }
  const [quiet, loud] = [answersOf(alone), answersOf(beside)];
  return {
    attacker: name,
    outcomes: countOf(outcomes),
    alone: quiet,
    beside: loud,
    ratios: {
      p50: round(loud.p50Ms / quiet.p50Ms),
      p99: round(loud.p99Ms / quiet.p99Ms),
      max: round(loud.maxMs / quiet.maxMs),
    },
    problems: [...alone, ...beside].flatMap(({ problems }) => problems),
  };
}

/** @returns {Promise<string[]>} how each request ended */
async function attackUntil(
  /** @type {() => boolean} */ over,
  /** @type {URL} */ url,
  /** @type {Database} */ { secret },
  /** @type {Attacker} */ { body, atOnce = AT_ONCE },
) {
  const outcomes = /** @type {string[]} */ ([]);
  const again = async () => {
    for (; !over(); await sleep(PAUSE_MS)) outcomes.push(await outcomeOf(url, secret, body));
  };
  await Promise.all(Array.from({ length: atOnce }, again));
  return outcomes;
}

async function outcomeOf(
  /** @type {URL} */ url,
  /** @type {string} */ secret,
  /** @type {object} */ body,
) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  return response.ok ? 'answered' : String(JSON.parse(text).error.code);
}

/** @returns {Answers} */
function answersOf(/** @type {readonly Suffering[]} */ rounds) {
  const all = rounds.flatMap(({ answersMs }) => answersMs);
  return {
    requests: all.length,
    p50Ms: round(quantile(all, 0.5)),
    p99Ms: round(quantile(all, 0.99)),
    maxMs: round(quantile(all, 1)),
  };
}

/** @returns {Record<string, number>} */
function countOf(/** @type {readonly string[]} */ outcomes) {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
