import { constants } from 'node:os';
import { ExpectedError, explain } from '../scripts/expected-error.mjs';
import { install } from '../scripts/install.mjs';
import { ROOT } from '../scripts/settings.mjs';
import { complain, say } from '../scripts/terminal.mjs';

const PARTS = /** @type {const} */ (['query', 'provision', 'rotation']);
const SECONDS_DEFAULT = 5;
const SECONDS_MAX = 600;

/** @typedef {typeof PARTS[number]} Part */

/**
 * @typedef {object} Figures
 * @property {import('./query.mjs').QueryFigures[]} [query]
 * @property {import('./provision.mjs').ProvisionFigures} [provision]
 * @property {import('./rotation.mjs').RotationFigures} [rotation]
 */

/**
 * @typedef {object} Results
 * @property {string} at
 * @property {{ commit: string, changed: boolean } | null} code
 * @property {object} machine
 * @property {number} seconds of each load
 * @property {Figures} figures
 * @property {import('./goals.mjs').Goal[]} goals
 */

/**
 * `npm run bench [-- query|provision|rotation …] [--seconds 5]`: prints a table and writes
 * bench/results/<UTC date>.json. Does not return: ends the process.
 */
export async function main(/** @type {readonly string[]} */ args) {
  const stop = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => stop.abort(new Error(name, { cause: 128 + constants.signals[name] })));
  }
  try {
    const wanted = readArgs(args);
    await install(ROOT, stop.signal);
    const { build } = await import('../scripts/build-all.mjs');
    await build(ROOT, stop.signal);
    await runParts(wanted.parts, { seconds: wanted.seconds, signal: stop.signal });
    process.exit(0);
  } catch (error) {
    if (!stop.signal.aborted) complain(explain(error));
    process.exit(stop.signal.aborted ? stop.signal.reason.cause : 1);
  }
}

/** @returns {{ parts: readonly Part[], seconds: number }} */
function readArgs(/** @type {readonly string[]} */ args) {
  const at = args.indexOf('--seconds');
  const seconds = at < 0 ? SECONDS_DEFAULT : Number(args[at + 1]);
  if (!(seconds >= 1 && seconds <= SECONDS_MAX)) {
    throw new ExpectedError(`--seconds takes a number from 1 to ${SECONDS_MAX}`);
  }
  const names = at < 0 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
  const unknown = names.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) {
    throw new ExpectedError(
      `npm run bench does not know ${unknown}; it takes: ${PARTS.join(', ')}`,
    );
  }
  const parts = PARTS.filter((part) => names.length === 0 || names.includes(part));
  return { parts, seconds };
}

async function runParts(
  /** @type {readonly Part[]} */ parts,
  /** @type {{ seconds: number, signal: AbortSignal }} */ options,
) {
  const { Stack } = await import('./stack.mjs');
  const { commitFacts, machineFacts } = await import('./machine.mjs');
  const stack = new Stack(options.signal);
  try {
    await stack.start();
    const at = new Date().toISOString();
    const machine = await machineFacts(stack);
    /** @type {Figures} */
    const figures = {};
    for (const part of parts) await RUN[part](stack, options, figures);
    const { goalsOf } = await import('./goals.mjs');
    const { report } = await import('./report.mjs');
    say(`\n${report(figures, goalsOf(figures))}`);
    const { writeResults } = await import('./results-file.mjs');
    const { seconds } = options;
    say(`\n${writeResults({ at, code: commitFacts(), machine, seconds, figures })}`);
  } finally {
    await stack.stop();
  }
}

/**
 * Imported as they are needed: the packages they stand on may have been installed just now.
 *
 * @type {Record<Part, (stack: import('./stack.mjs').Stack, options: { seconds: number, signal: AbortSignal }, figures: Figures) => Promise<void>>}
 */
const RUN = {
  query: async (stack, options, figures) => {
    const { benchQueries } = await import('./query.mjs');
    figures.query = await benchQueries(stack, options);
  },
  provision: async (stack, options, figures) => {
    const { benchProvision } = await import('./provision.mjs');
    figures.provision = await benchProvision(stack, options);
  },
  rotation: async (stack, options, figures) => {
    const { benchRotation } = await import('./rotation.mjs');
    figures.rotation = await benchRotation(stack, options);
  },
};
