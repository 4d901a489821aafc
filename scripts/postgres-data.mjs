import { chownSync, existsSync, lchownSync, lstatSync, mkdirSync } from 'node:fs';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyAllowedExtensions } from './postgres-extensions.mjs';
import { localeWords, PG_HBA_CONF, postgresqlConf } from './postgres-settings.mjs';
import { runToEnd } from './processes.mjs';

const EXTENSIONS = 'howdah_extensions';
const CONFIGURATION = ['postgresql.conf', 'pg_hba.conf', EXTENSIONS];

/** @typedef {import('./postgres-place.mjs').Place} Place */
/** @typedef {import('./processes.mjs').Account} Account */
/** @typedef {import('./postgres-server.mjs').PostgresOptions} PostgresOptions */

/** Makes the data folder if there is none and writes its configuration. */
export async function prepareData(
  /** @type {Place} */ place,
  /** @type {PostgresOptions} */ options,
) {
  if (!existsSync(join(place.dataDir, 'PG_VERSION'))) await initialise(place, options);
  configure(place, options);
}

async function initialise(/** @type {Place} */ place, /** @type {PostgresOptions} */ options) {
  const { dataDir, account } = place;
  // Made beside its place and renamed when whole: a kill in between leaves nothing half made.
  const draft = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  for (const path of [draft, passwordFile, dataDir]) rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(dataDir), { recursive: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, options.password, { mode: 0o600 });
  if (account) for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid);
  try {
    await initdb(place, draft, passwordFile, options);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, dataDir);
}

/**
 * @param {Place} place
 * @param {string} draft
 * @param {string} passwordFile
 * @param {PostgresOptions} options
 */
async function initdb({ installation, account }, draft, passwordFile, { throwaway, signal }) {
  const words = ['-D', draft, '--username=postgres', `--pwfile=${passwordFile}`];
  words.push('--auth=scram-sha-256', '--encoding=UTF8');
  words.push(...localeWords(installation.major));
  if (throwaway) words.push('--no-sync');
  const run = (/** @type {string} */ locale) =>
    runToEnd({
      name: 'initdb',
      command: join(installation.bin, 'initdb'),
      args: words.concat(`--locale=${locale}`),
      env: serverEnv(),
      cwd: '/',
      account,
      signal,
    });
  // Some systems lack C.UTF-8. From 17 on sorting and case are the built-in provider's in either case.
  await run('C.UTF-8').catch((error) => {
    if (/invalid locale name/.test(error.message)) return run('C');
    throw error;
  });
}

/** Writes the whole configuration anew, so that a newer version of it reaches old data. */
function configure(/** @type {Place} */ place, /** @type {PostgresOptions} */ options) {
  const { dataDir, installation, account } = place;
  const unsafe = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const settings = {
    port: options.port,
    ...(installation.extensions ? confineExtensions(dataDir, installation.extensions) : {}),
    ...(options.throwaway ? unsafe : {}),
    ...options.settings,
  };
  const conf = postgresqlConf(installation.major, settings);
  writeFileSync(join(dataDir, 'postgresql.conf'), conf, { mode: 0o644 });
  writeFileSync(join(dataDir, 'pg_hba.conf'), PG_HBA_CONF, { mode: 0o644 });
  if (!account) return;
  for (const path of CONFIGURATION.map((name) => join(dataDir, name)).filter(existsSync)) {
    handOver(path, account);
  }
}

/** Without `$system`: what is not copied here does not exist for CREATE EXTENSION. */
function confineExtensions(/** @type {string} */ dataDir, /** @type {string} */ from) {
  const folder = join(dataDir, EXTENSIONS);
  // Postgres adds `/extension` to the path by itself.
  copyAllowedExtensions(from, join(folder, 'extension'));
  return { extension_control_path: folder };
}

/** What is written here as root must stay writable for an owner who starts it without root later. */
function handOver(/** @type {string} */ path, /** @type {Account} */ account) {
  lchownSync(path, account.uid, account.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) handOver(join(path, name), account);
}

/** None of ours: PGDATA, PGPORT and the locale of whoever started it must not reach the server. */
export function serverEnv() {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' };
}
