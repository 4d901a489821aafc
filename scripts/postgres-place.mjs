import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ExpectedError } from './expected-error.mjs';

// The second is for systems where the first cannot be written; it may not outlive a reboot.
const RUNTIME_DIRS = ['/var/lib/howdah', join(tmpdir(), 'howdah-runtime')];

/** @typedef {import('./processes.mjs').Account} Account */

/**
 * @typedef {object} Installation a PostgreSQL that can be started
 * @property {number} major its version: 15 and later
 * @property {string} bin folder of `postgres` and `initdb`
 * @property {string} [extensions] folder of all that it ships, where a setting can name another in its
 *   place (18 and later); without it, the installation itself must hold no others than are allowed
 */

/** @typedef {{ installation: Installation, dataDir: string, account?: Account }} Place */

/**
 * Where Postgres runs from, where its data lies and whom it runs as. Postgres refuses to be root;
 * under root it runs as another user, and what that user cannot reach (a checkout under /root,
 * for one) is put where it can.
 *
 * @param {string} wantedDataDir
 * @param {(account: Account | undefined, notice: (notice: string) => void) => Installation} install
 *   finds an installation that this account can run
 * @param {(notice: string) => void} notice
 * @returns {Place}
 */
export function choosePlace(wantedDataDir, install, notice) {
  const account = process.getuid?.() === 0 ? otherAccount(wantedDataDir) : undefined;
  const installation = install(account, notice);
  const dataDir = account ? reachableDataDir(wantedDataDir, account, notice) : wantedDataDir;
  return { installation, dataDir, account };
}

/** Everywhere the data of `wantedDataDir` may lie: there, or where another user can reach it. */
export function possibleDataDirs(/** @type {string} */ wantedDataDir) {
  const id = createHash('sha256').update(wantedDataDir).digest('hex').slice(0, 12);
  return [wantedDataDir, ...RUNTIME_DIRS.map((dir) => join(dir, `data-${id}`))];
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
export function runtimeDir() {
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
