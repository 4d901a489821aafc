import { mkdirSync, rmSync } from 'node:fs';
import { ExpectedError } from './expected-error.mjs';
import { readJson, writePrivateJson } from './private-file.mjs';
import { end, identify, isRunning } from './process-identity.mjs';
import { stopLeftOverPostgres } from './postgres-left-over.mjs';
import { say } from './terminal.mjs';

const STOP_MS = 10_000;

/** @typedef {ReturnType<typeof filesOf>} HomeFiles */
/** @typedef {import('./process-identity.mjs').ProcessIdentity & { name: string }} Left */

/** What a home holds, file by file. */
function filesOf(/** @type {string} */ home) {
  return {
    data: `${home}/postgres`,
    logs: `${home}/logs`,
    secrets: `${home}/secrets.json`,
    seed: `${home}/seed.json`,
    local: `${home}/local.json`,
    record: `${home}/running.json`,
  };
}

/**
 * Makes this process the only one that uses the home: another that lives is an error, what one
 * that was killed left behind is stopped.
 */
export async function claimHome(/** @type {string} */ home) {
  const files = filesOf(home);
  makeHome(home);
  const before = readJson(files.record);
  if (before?.pid && isRunning(before)) {
    throw new ExpectedError(
      `howdah is already running on ${home} (process ${before.pid}).\n` +
        `Stop it with Ctrl-C there, or with: kill ${before.pid}`,
    );
  }
  // Nothing may take an old address or key for a current one.
  rmSync(files.local, { force: true });
  /** @type {Left[]} */
  const left = (before?.running ?? []).filter(isRunning);
  for (const { name } of left) say(`stopping ${name}, left over from a run that was killed`);
  await Promise.all(
    left
      .filter(({ name }) => name !== 'postgres')
      .map((one) => end(one, { signal: 'SIGTERM', timeoutMs: STOP_MS })),
  );
  await stopLeftOverPostgres(files.data);
  writePrivateJson(files.record, { ...identify(process.pid), running: [] });
  return files;
}

function makeHome(/** @type {string} */ home) {
  try {
    mkdirSync(home, { recursive: true });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new ExpectedError(`HOWDAH_HOME cannot be made: ${message}`);
  }
}
