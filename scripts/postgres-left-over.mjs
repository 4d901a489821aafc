import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { possibleDataDirs } from './postgres-place.mjs';
import { commandLine, end, identify } from './process-identity.mjs';

const STOP_MS = 15_000;

/** Stops a Postgres that a killed run left behind on this data, wherever the data lies. */
export async function stopLeftOverPostgres(/** @type {string} */ wantedDataDir) {
  await Promise.all(possibleDataDirs(wantedDataDir).map(stopOn));
}

async function stopOn(/** @type {string} */ dataDir) {
  const pidFile = join(dataDir, 'postmaster.pid');
  const pid = readPid(pidFile);
  const identity = pid ? identify(pid) : undefined;
  // Of a dead one Postgres itself clears up, and looks for backends of its that are still there.
  if (!identity) return;
  if (commandLine(identity.pid).includes(`-D ${dataDir} `)) {
    await end(identity, { signal: 'SIGINT', timeoutMs: STOP_MS });
  } else {
    // The pid now is another program's. Postgres would take that for a server and not start.
    rmSync(pidFile, { force: true });
  }
}

function readPid(/** @type {string} */ pidFile) {
  try {
    return Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  } catch {
    return undefined;
  }
}
