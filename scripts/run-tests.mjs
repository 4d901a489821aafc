import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { complain, say } from './terminal.mjs';
import { build } from './build-all.mjs';
import { explain } from './expected-error.mjs';
import { install } from './install.mjs';
import { readJson } from './private-file.mjs';
import { ROOT } from './settings.mjs';
import { sumReports, totalsLine } from './test-totals.mjs';

/** Silent where no attack ran. */
const ATTACK_TABLE = './test/support/attack-table.ts';

/** @typedef {{ code: number, reports: any[] }} Outcome */

/**
 * `npm test [-- words for vitest]`: unit tests, stories, then the attacks of a tenant on its
 * neighbours; with `--isolation` those attacks alone; with `--redis` the stories alone, on Redis.
 * Does not return: ends the process.
 */
export async function runTests(
  /** @type {readonly string[]} */ args,
  /** @type {NodeJS.ProcessEnv} */ env,
) {
  const stop = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => stop.abort(new Error(name, { cause: 128 + constants.signals[name] })));
  }
  try {
    const { code, reports } = await prepareAndRun(args, env, stop.signal);
    say(totalsLine(sumReports(reports)));
    process.exit(code);
  } catch (error) {
    if (!stop.signal.aborted) complain(explain(error));
    process.exit(stop.signal.aborted ? stop.signal.reason.cause : 1);
  }
}

async function prepareAndRun(
  /** @type {readonly string[]} */ args,
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {AbortSignal} */ signal,
) {
  const onRedis = args.includes('--redis');
  const projects = args.includes('--isolation') ? ['isolation'] : ['unit', 'stories', 'isolation'];
  const words = args.filter((arg) => arg !== '--redis' && arg !== '--isolation');
  await install(ROOT, signal);
  await build(ROOT, signal);
  if (!onRedis) return await runProjects(projects, words, settled(env, projects), signal);
  if (env.REDIS_URL) return await runProjects(['stories'], words, env, signal);
  const { startTemporaryRedis } = await import('./redis-server.mjs');
  const redis = await startTemporaryRedis();
  try {
    return await runProjects(['stories'], words, { ...env, REDIS_URL: redis.url }, signal);
  } finally {
    await redis.stop();
  }
}

/**
 * `npm test` is about the embedded way of running, wherever it is started; attacks on the machine's
 * own versions of Postgres, which take as long again, are `npm run test:isolation`.
 */
function settled(/** @type {NodeJS.ProcessEnv} */ env, /** @type {readonly string[]} */ projects) {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'REDIS_URL'));
  return projects.length === 1 ? own : { ISOLATION_SERVERS: '18', ...own };
}

/** All of them, also after a failure: the reader learns everything at once. @returns {Promise<Outcome>} */
async function runProjects(
  /** @type {readonly string[]} */ projects,
  /** @type {readonly string[]} */ words,
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {AbortSignal} */ signal,
) {
  const folder = mkdtempSync(join(tmpdir(), 'howdah-tests-'));
  const outcome = /** @type {Outcome} */ ({ code: 0, reports: [] });
  try {
    for (const project of projects) {
      const reportFile = join(folder, `${project}.json`);
      const code = await vitest(project, reportFile, words, env, signal);
      signal.throwIfAborted();
      const report = readJson(reportFile);
      outcome.reports.push(report);
      if (code !== 0 || report === undefined) outcome.code = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return requireSome(outcome);
}

/** No test at all is no success: a mistyped name of a file must not look like one. */
function requireSome(/** @type {Outcome} */ outcome) {
  const { passed, failed, skipped } = sumReports(outcome.reports);
  return passed + failed + skipped === 0 ? { ...outcome, code: 1 } : outcome;
}

/** @returns {Promise<number | null>} */
function vitest(
  /** @type {string} */ project,
  /** @type {string} */ reportFile,
  /** @type {readonly string[]} */ words,
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {AbortSignal} */ signal,
) {
  const command = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['default', 'json', ATTACK_TABLE].map((name) => `--reporter=${name}`);
  reporters.push(`--outputFile.json=${reportFile}`);
  const args = [command, 'run', '--project', project, '--passWithNoTests', ...reporters, ...words];
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
  // In a terminal vitest gets Ctrl-C by itself; either way it is waited for, as it has to clear up.
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}
