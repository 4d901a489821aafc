import { constants } from 'node:os';
import { explain } from '../scripts/expected-error.mjs';
import { install } from '../scripts/install.mjs';
import { ROOT } from '../scripts/settings.mjs';
import { complain, say } from '../scripts/terminal.mjs';
import { readArguments } from './arguments.mjs';

/** @typedef {import('./arguments.mjs').Part} Part */
/** @typedef {import('./arguments.mjs').Wanted} Wanted */
/** @typedef {Wanted & { signal: AbortSignal }} Options */

/**
 * @typedef {object} Figures
 * @property {import('./query.mjs').QueryFigures[]} [query]
 * @property {import('./provision.mjs').ProvisionFigures} [provision]
 * @property {import('./rotation.mjs').RotationFigures} [rotation]
 * @property {import('./neighbours.mjs').NeighbourFigures[]} [neighbours]
 * @property {import('./recovery.mjs').RecoveryFigures} [recovery]
 * @property {import('./compare.mjs').CompareFigures} [compare]
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
 * `npm run bench [-- query|provision|rotation|neighbours|recovery …] [--seconds 5]`, or
 * `npm run bench -- compare --base <revision>`: prints a table and writes
 * bench/results/<UTC date>.json. Does not return: ends the process.
 */
export async function main(/** @type {readonly string[]} */ args) {
  const stop = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => stop.abort(new Error(name, { cause: 128 + constants.signals[name] })));
  }
  try {
    const wanted = readArguments(args);
    await install(ROOT, stop.signal);
    const { build } = await import('../scripts/build-all.mjs');
    await build(ROOT, stop.signal);
    await runParts({ ...wanted, signal: stop.signal });
    process.exit(0);
  } catch (error) {
    if (!stop.signal.aborted) complain(explain(error));
    process.exit(stop.signal.aborted ? stop.signal.reason.cause : 1);
  }
}

async function runParts(/** @type {Options} */ options) {
  const { Stack } = await import('./stack.mjs');
  const { commitFacts, machineFacts } = await import('./machine.mjs');
  const stack = new Stack(options.signal);
  try {
    await stack.start();
    const at = new Date().toISOString();
    const machine = await machineFacts(stack);
    /** @type {Figures} */
    const figures = {};
    for (const part of options.parts) await RUN[part](stack, options, figures);
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
 * @type {Record<Part, (stack: import('./stack.mjs').Stack, options: Options, figures: Figures) => Promise<void>>}
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
  neighbours: async (stack, options, figures) => {
    const { benchNeighbours } = await import('./neighbours.mjs');
    figures.neighbours = await benchNeighbours(stack, options);
  },
  recovery: async (_, options, figures) => {
    const { benchRecovery } = await import('./recovery.mjs');
    figures.recovery = await benchRecovery(options);
  },
  compare: async (stack, options, figures) => {
    const { benchCompare } = await import('./compare.mjs');
    figures.compare = await benchCompare(stack, options);
  },
};
