import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.mjs';
import { readJson } from './private-file.mjs';
import { inheritedEnv, runToEnd } from './processes.mjs';
import { progress } from './terminal.mjs';

/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }>} Packages */

/** Installs the packages unless those of package-lock.json are there. */
export async function install(/** @type {string} */ root, /** @type {AbortSignal} */ signal) {
  if (isInstalled(root)) return;
  await progress('installing packages', () =>
    withFileLock(join(root, '.howdah', 'install.lock'), signal, async () => {
      if (!isInstalled(root)) await npmInstall(root, signal);
    }),
  );
}

/**
 * npm keeps a list of what it has installed in node_modules/.package-lock.json. Comparing with
 * that, rather than with a mark of our own, leaves alone what somebody installed by hand.
 */
function isInstalled(/** @type {string} */ root) {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  const wanted = readJson(join(root, 'package-lock.json'));
  return installed !== undefined && isSatisfied(wanted.packages, installed.packages);
}

/**
 * @param {Packages} wanted of package-lock.json; optional ones may be for other platforms
 * @param {Packages} installed
 */
export function isSatisfied(wanted, installed) {
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found ? found.version === version : Boolean(optional || devOptional);
  });
}

/**
 * A lockfile that lacks an optional package (see complete-lockfile.mjs) is refused by `npm ci`
 * though nothing that is needed is missing; `npm install` takes the same versions from it.
 */
async function npmInstall(/** @type {string} */ root, /** @type {AbortSignal} */ signal) {
  try {
    await npm(['ci'], root, signal);
  } catch (error) {
    if (!/npm error code EUSAGE/.test(String(error))) throw error;
    await npm(['install', '--no-save'], root, signal);
  }
}

async function npm(
  /** @type {readonly string[]} */ words,
  /** @type {string} */ root,
  /** @type {AbortSignal} */ signal,
) {
  const path = process.env.npm_execpath ?? '';
  const useOurs = path.endsWith('npm-cli.js') && existsSync(path);
  // Building needs the development packages, also where NODE_ENV says production.
  const args = words.concat('--include=dev', '--no-audit', '--no-fund', '--loglevel=error');
  await runToEnd({
    name: `npm ${words[0]}`,
    command: useOurs ? process.execPath : 'npm',
    args: useOurs ? [path, ...args] : args,
    env: inheritedEnv(),
    cwd: root,
    signal,
  });
}
