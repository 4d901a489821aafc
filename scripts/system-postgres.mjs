import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { copyForAll, openForAll } from './copy-for-all.mjs';
import { ExpectedError } from './expected-error.mjs';
import { copyAllowedExtensions } from './postgres-extensions.mjs';
import { startTemporaryServer } from './postgres-server.mjs';

const MAJORS = [15, 16, 17];
const PROGRAMS = ['postgres', 'initdb'];

/** @typedef {{ major: number, bin: string }} SystemPostgres `bin`: folder of its programs */
/** @typedef {import('./postgres-place.mjs').Installation} Installation */
/** @typedef {import('./postgres-server.mjs').Postgres} Postgres */
/** @typedef {import('./postgres-server.mjs').TemporaryOptions} TemporaryOptions */

/**
 * The PostgreSQL 15 to 17 that this machine has, oldest first, one of each version. A folder of programs in
 * SYSTEM_POSTGRES_BIN is taken in their place.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {SystemPostgres[]}
 * @throws {ExpectedError} if SYSTEM_POSTGRES_BIN holds none
 */
export function findSystemPostgres(env = process.env) {
  const named = env.SYSTEM_POSTGRES_BIN;
  if (named) return [requirePostgres(named)];
  const folders = [
    ...MAJORS.map((major) => `/usr/lib/postgresql/${major}/bin`),
    ...(env.PATH ?? '').split(delimiter).filter(Boolean),
  ];
  const found = new Map();
  for (const one of folders.map(postgresIn)) {
    if (one && MAJORS.includes(one.major) && !found.has(one.major)) found.set(one.major, one);
  }
  return [...found.values()].sort((a, b) => a.major - b.major);
}

/**
 * A server for a test, of the machine's own PostgreSQL, as `startTemporaryPostgres` starts the
 * embedded one: settings, pg_hba.conf, extensions and memory are held alike.
 *
 * @param {SystemPostgres} found
 * @param {TemporaryOptions} [options]
 * @returns {Promise<Postgres>}
 */
export async function startTemporarySystemPostgres(found, options) {
  const installIn = (/** @type {string} */ folder) => () =>
    confinedCopy(found, join(folder, 'installation'));
  return await startTemporaryServer(installIn, options);
}

function requirePostgres(/** @type {string} */ folder) {
  const found = postgresIn(folder);
  if (found) return found;
  throw new ExpectedError(
    `SYSTEM_POSTGRES_BIN is ${folder}: it must hold ${PROGRAMS.join(' and ')} of PostgreSQL 15 or later`,
  );
}

/** @returns {SystemPostgres | undefined} */
function postgresIn(/** @type {string} */ folder) {
  if (!PROGRAMS.every((name) => existsSync(join(folder, name)))) return undefined;
  // The folder of the file itself: a link to it has none of its libraries around.
  const bin = dirname(realpathSync(join(folder, 'postgres')));
  const { stdout } = spawnSync(join(bin, 'postgres'), ['--version'], {
    cwd: '/',
    encoding: 'utf8',
  });
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1]);
  return major >= 15 ? { major, bin } : undefined;
}

/**
 * Before 18 no setting says where extensions lie, and the system's folder is not ours to take
 * files from. Postgres finds its other folders from where its own file really is, so a copy of its
 * programs beside a copy of its `share` has the extensions that are in that copy, and no others.
 *
 * @param {SystemPostgres} found
 * @param {string} folder made here
 * @returns {Installation}
 */
function confinedCopy({ major, bin }, folder) {
  const { root, share, lib } = layoutOf(bin);
  const at = (/** @type {string} */ path) => join(folder, path.slice(root.length));
  mkdirSync(at(bin), { recursive: true });
  for (const name of PROGRAMS) copyFileSync(join(bin, name), join(at(bin), name));
  mkdirSync(dirname(at(lib)), { recursive: true });
  symlinkSync(lib, at(lib));
  mkdirSync(dirname(at(share)), { recursive: true });
  copyForAll(share, at(share));
  copyAllowedExtensions(join(share, 'extension'), join(at(share), 'extension'));
  openForAll(folder);
  return { major, bin: at(bin) };
}

/**
 * Where a PostgreSQL keeps what, below one folder: the way of Debian, several versions side by side
 * in /usr, or that of a prefix of its own.
 */
function layoutOf(/** @type {string} */ bin) {
  const home = dirname(bin);
  const version = basename(home);
  if (home.endsWith(join('lib', 'postgresql', version))) {
    const root = dirname(dirname(dirname(home)));
    return { root, lib: join(home, 'lib'), share: join(root, 'share', 'postgresql', version) };
  }
  const share = ['share/postgresql', 'share']
    .map((path) => join(home, path))
    .find((path) => existsSync(join(path, 'extension')));
  if (share) return { root: home, lib: join(home, 'lib'), share };
  throw new ExpectedError(`There are no extensions beside ${bin}`);
}
