import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { claimHome } from './claim-home.mjs';
import { Crew } from './crew.mjs';
import { explain } from './expected-error.mjs';
import { install } from './install.mjs';
import { requireFreePorts } from './ports.mjs';
import { possibleDataDirs } from './postgres-place.mjs';
import { hasDemo, readSettings, ROOT } from './settings.mjs';
import { complain, say } from './terminal.mjs';

const ORPHAN_POLL_MS = 250;

/** @typedef {import('./settings.mjs').Settings} Settings */
/** @typedef {import('./claim-home.mjs').HomeFiles} HomeFiles */

/** Why a run ends that was asked to: no error. */
class StopRequest extends Error {}

/** `npm start`: everything until Ctrl-C. Does not return: ends the process, with 1 after a failure. */
export async function runAll(
  /** @type {readonly string[]} */ args,
  /** @type {NodeJS.ProcessEnv} */ env,
) {
  const stop = new AbortController();
  process.on('uncaughtException', (error) => stop.abort(error));
  process.on('unhandledRejection', (reason) => stop.abort(reason));
  let failure;
  try {
    await runUntilStopped(readSettings(args, env), stop);
  } catch (error) {
    failure = error;
  }
  const reason = stop.signal.aborted ? stop.signal.reason : failure;
  if (reason instanceof StopRequest) process.exit(0);
  complain(`\n${explain(reason)}`);
  process.exit(1);
}

async function runUntilStopped(
  /** @type {Settings} */ settings,
  /** @type {AbortController} */ stop,
) {
  const { signal } = stop;
  const files = await claimHome(settings.home);
  const crew = new Crew(files.record, stop);
  stopOnSignals(stop, crew);
  stopWhenOrphaned(stop);
  try {
    if (settings.fresh) removeData(files);
    await requireFreePorts(portsInUse(settings), settings.portBase);
    await install(ROOT, signal);
    // Only now are the packages there that it imports.
    const { bringUp } = await import('./bring-up.mjs');
    await bringUp({ settings, files, crew, signal });
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    rmSync(files.local, { force: true });
    await crew.stopAll();
  }
  signal.throwIfAborted();
}

function stopOnSignals(/** @type {AbortController} */ stop, /** @type {Crew} */ crew) {
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => {
      if (stop.signal.aborted) return crew.hurry();
      requestStop(stop);
    });
  }
}

/**
 * npm started us through a shell, and a shell that is ended passes nothing on; nor does an npm
 * that is killed. Whoever called us by hand may have gone on purpose (nohup), so only under npm.
 */
function stopWhenOrphaned(/** @type {AbortController} */ stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    requestStop(stop);
  }, ORPHAN_POLL_MS).unref();
}

function requestStop(/** @type {AbortController} */ stop) {
  if (!stop.signal.aborted) say('\nstopping…');
  stop.abort(new StopRequest());
}

/** Of the home only what we put there: HOWDAH_HOME may be a folder with other things in it. */
function removeData(/** @type {HomeFiles} */ { data, secrets, seed, logs }) {
  const dataDirs = possibleDataDirs(data).flatMap((dir) => [dir, `${dir}.new`]);
  for (const path of [...dataDirs, secrets, seed, logs])
    rmSync(path, { recursive: true, force: true });
}

function portsInUse(/** @type {Settings} */ { ports }) {
  const { demo, ...others } = ports;
  return hasDemo() ? { ...others, demo } : others;
}
