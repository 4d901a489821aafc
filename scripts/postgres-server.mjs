import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ExpectedError } from './expected-error.mjs';
import { freePort } from './ports.mjs';
import { prepareData, serverEnv } from './postgres-data.mjs';
import { stopLeftOverPostgres } from './postgres-left-over.mjs';
import { choosePlace } from './postgres-place.mjs';
import { MEMORY_MAX_KB } from './postgres-settings.mjs';
import { spawnService } from './processes.mjs';

const READY_MS = 60_000;
const STOP_MS = 15_000;
const POLL_MS = 30;
const RETRY_MS = 10_000;

/** @typedef {import('./postgres-place.mjs').Place} Place */
/** @typedef {import('./processes.mjs').Account} Account */
/** @typedef {import('./processes.mjs').Service} Service */
/** @typedef {Parameters<typeof choosePlace>[1]} Install finds what to start; see `choosePlace` */

/**
 * @typedef {object} PostgresOptions
 * @property {string} dataDir made if missing
 * @property {number} port on 127.0.0.1
 * @property {string} log file that takes the server's log
 * @property {string} password of the superuser `postgres`; set when the data is made
 * @property {Readonly<Record<string, string | number>>} [settings] win over those of the house
 * @property {boolean} [throwaway] for tests: the data need not survive a power cut
 * @property {(notice: string) => void} [notice] told where things lie, if not where they were wanted
 * @property {AbortSignal} [signal] gives up starting
 */

/**
 * @typedef {object} Postgres
 * @property {string} adminUrl of the superuser, on the database `postgres`
 * @property {number} port
 * @property {number} pid of the postmaster
 * @property {string} dataDir where the data really lies
 * @property {Service} service
 * @property {() => Promise<void>} stop fast shutdown: sessions end, committed work stays
 * @property {() => Promise<void>} kill as a crash would
 */

/**
 * Starts a PostgreSQL without pg_ctl: as our own child, so that it does not outlive us. Ready for
 * connections when it returns.
 *
 * @param {Install} install
 * @param {PostgresOptions} options
 * @returns {Promise<Postgres>}
 */
export async function startServer(install, options) {
  const { port, password, notice = () => {} } = options;
  const place = choosePlace(options.dataDir, install, notice);
  await stopLeftOverPostgres(options.dataDir);
  await prepareData(place, options);
  const adminUrl = `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  const service = await spawnUntilReady(place, options);
  return {
    adminUrl,
    port,
    pid: service.pid,
    dataDir: place.dataDir,
    service,
    stop: async () => void (await service.stop()),
    kill: async () => void (await service.kill()),
  };
}

/**
 * @typedef {object} TemporaryOptions
 * @property {number} [port] default: a free one
 * @property {Readonly<Record<string, string | number>>} [settings] win over those of the house
 * @property {boolean} [durable] waits for the disk, as a server that is kept does
 */

/**
 * A server for a test, in a folder that goes away with it.
 *
 * @param {(folder: string) => Install} installIn may put files of its own into the folder
 * @param {TemporaryOptions} [options]
 * @returns {Promise<Postgres>}
 */
export async function startTemporaryServer(installIn, { port, settings, durable = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'howdah-postgres-'));
  // Under root the server runs as another user, who has to pass through.
  chmodSync(folder, 0o755);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const postgres = await startServer(installIn(folder), {
      dataDir: join(folder, 'data'),
      port: port ?? (await freePort()),
      log: join(folder, 'log'),
      password: randomBytes(16).toString('hex'),
      settings,
      throwaway: !durable,
    });
    const stop = async () => {
      await postgres.stop();
      rmSync(postgres.dataDir, { recursive: true, force: true });
      remove();
    };
    return { ...postgres, stop };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * The backends of a server that crashed take a moment to notice; until then its shared memory is
 * in use and a new server gives up.
 *
 * @param {Place} place
 * @param {PostgresOptions} options
 * @returns {Promise<Service>}
 */
async function spawnUntilReady(place, options) {
  for (const until = Date.now() + RETRY_MS; ; await sleep(200)) {
    options.signal?.throwIfAborted();
    const service = spawnServer(place, options);
    try {
      await acceptsConnections(service, options);
      return service;
    } catch (error) {
      await service.stop();
      if (!/shared memory block .* in use/.test(service.tail()) || Date.now() > until) throw error;
    }
  }
}

/**
 * @param {Place} place
 * @param {PostgresOptions} options
 */
function spawnServer({ installation, dataDir, account }, { log }) {
  // A system without this limit (macOS) goes without.
  const limited = `ulimit -v ${MEMORY_MAX_KB} 2>/dev/null; exec "$@"`;
  return spawnService({
    name: 'postgres',
    command: '/bin/sh',
    // The option after the folder keeps a space behind it, which tells /a/b from /a/bc in a list of processes.
    args: [
      '-c',
      limited,
      'sh',
      join(installation.bin, 'postgres'),
      '-D',
      dataDir,
      '-c',
      'cluster_name=howdah',
    ],
    env: serverEnv(),
    cwd: '/',
    logFile: log,
    stopSignal: 'SIGINT',
    // A backend may be deaf to all but SIGKILL, which Postgres itself sends five seconds after this;
    // were it killed first, such a backend would go on for ever.
    harderSignal: 'SIGQUIT',
    stopMs: STOP_MS,
    account,
  });
}

async function acceptsConnections(
  /** @type {Service} */ service,
  /** @type {PostgresOptions} */ options,
) {
  const { port, password, signal } = options;
  for (const until = Date.now() + READY_MS; ; await sleep(POLL_MS)) {
    signal?.throwIfAborted();
    if (service.exit) throw new ExpectedError(service.obituary());
    const problem = await connectOnce(port, password);
    if (problem === undefined) return;
    if (problem.code === '28P01') {
      throw new ExpectedError(
        'The password kept in secrets.json is not that of the data beside it.\n' +
          'Put the right secrets.json back, or begin anew: npm start -- --fresh',
      );
    }
    if (Date.now() > until) {
      throw new ExpectedError(
        `postgres takes no connections: ${problem.message}\n${service.lastWords()}`,
      );
    }
  }
}

/** @returns {Promise<(Error & { code?: string }) | undefined>} */
async function connectOnce(/** @type {number} */ port, /** @type {string} */ password) {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
    password,
    ssl: false,
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return /** @type {Error} */ (error);
  } finally {
    await client.end().catch(() => {});
  }
}
