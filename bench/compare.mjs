import { progress } from '../scripts/terminal.mjs';
import { withRevision } from './base-revision.mjs';
import { median, round } from './figures.mjs';
import { makePeopleDatabase } from './people-database.mjs';
import { measure, warmUp } from './query.mjs';
import { QUESTIONS } from './questions.mjs';
import { checkAnswers, GATEWAY_ENV, gatewayTarget } from './targets.mjs';

const ROUNDS = 8;
const CONNECTIONS = 20;

/** @typedef {import('./stack.mjs').Stack} Stack */
/** @typedef {import('./stack.mjs').Running} Running */
/** @typedef {import('./targets.mjs').Target} Target */
/** @typedef {import('./query.mjs').Measured} Measured */
/** @typedef {{ base: Measured, present: Measured }} Round */

/**
 * @typedef {object} ComparedQuestion
 * @property {string} question
 * @property {number} connections
 * @property {number[]} ratios of the rates of each round, present over base
 * @property {number} ratio their median
 * @property {number | null} gatewayCpuRatio CPU time of a request, base over present; median
 * @property {{ base: number, present: number }} perSecond medians
 */

/** @typedef {{ base: string, questions: ComparedQuestion[] }} CompareFigures `base`: its commit */

/**
 * The rate of the present gateway over that of another revision's, in turns, on the same Postgres
 * and the same database. Both read the present control plane, so the base must be one that can. The
 * provisioner, which looks after customers' databases meanwhile, works beside the present gateway alone.
 *
 * @param {Stack} stack
 * @param {{ base: string, seconds: number, signal: AbortSignal }} options
 * @returns {Promise<CompareFigures>}
 */
export async function benchCompare(stack, { base, seconds, signal }) {
  return await withRevision(base, signal, async (root, commit) => {
    const present = await stack.startGateway(GATEWAY_ENV);
    const provisioner = await stack.startProvisioner(1);
    const database = await makePeopleDatabase(stack, present.url);
    const earlier = await stack.startGateway(GATEWAY_ENV, root);
    const targets = [
      gatewayTarget('base', earlier, database),
      gatewayTarget('gateway', present, database),
    ];
    for (const target of targets) await checkAnswers(target);
    const questions = [];
    for (const question of QUESTIONS) {
      await warmUp(targets, question, { seconds, signal });
      /** @type {Round[]} */
      const rounds = [];
      const turn = (/** @type {number} */ at) =>
        oneRound(stack, targets, provisioner, question, at, { seconds, signal });
      await progress(`compare, ${question.name}`, async () => {
        while (rounds.length < ROUNDS) rounds.push(await turn(rounds.length));
      });
      questions.push(figuresOf(question.name, rounds));
    }
    await stack.stopAll([present, earlier, provisioner]);
    return { base: commit, questions };
  });
}

/**
 * @param {Stack} stack
 * @param {readonly Target[]} targets
 * @param {Running} provisioner
 * @param {import('./questions.mjs').BenchQuestion} question
 * @param {number} at
 * @param {{ seconds: number, signal: AbortSignal }} options
 * @returns {Promise<Round>}
 */
async function oneRound(stack, targets, provisioner, question, at, { seconds, signal }) {
  const measured = /** @type {Record<string, Measured>} */ ({});
  // The first of a round is the other one each time.
  for (const target of at % 2 === 0 ? targets : targets.toReversed()) {
    provisioner.service.signal(target.name === 'base' ? 'SIGSTOP' : 'SIGCONT');
    const clients = question.clients(target);
    const job = { url: target.running.url, connections: CONNECTIONS, seconds, clients };
    measured[target.name] = await measure(stack, target, job, signal).finally(() =>
      provisioner.service.signal('SIGCONT'),
    );
  }
  const { base, gateway } = measured;
  if (!base || !gateway) throw new Error('a round of one');
  return { base, present: gateway };
}

/** @returns {ComparedQuestion} */
function figuresOf(/** @type {string} */ question, /** @type {readonly Round[]} */ rounds) {
  const ratios = rounds.map(({ base, present }) => present.perSecond / base.perSecond);
  const cpuRatios = rounds.flatMap(({ base, present }) =>
    base.serverCpuMs && present.serverCpuMs ? [base.serverCpuMs / present.serverCpuMs] : [],
  );
  return {
    question,
    connections: CONNECTIONS,
    ratios: ratios.map((ratio) => round(ratio, 3)),
    ratio: round(median(ratios), 3),
    gatewayCpuRatio: cpuRatios.length > 0 ? round(median(cpuRatios), 3) : null,
    perSecond: {
      base: round(median(rounds.map(({ base }) => base.perSecond)), 0),
      present: round(median(rounds.map(({ present }) => present.perSecond)), 0),
    },
  };
}
