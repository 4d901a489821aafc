import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { prepareControlDatabase } from '../scripts/control-database.mjs';
import { startTemporaryPostgres } from '../scripts/embedded-postgres.mjs';
import { freePort } from '../scripts/ports.mjs';
import { inheritedEnv, runToEnd, spawnService } from '../scripts/processes.mjs';
import { serviceEnv } from '../scripts/services.mjs';
import { ROOT } from '../scripts/settings.mjs';

/** @typedef {import('../scripts/processes.mjs').Service} Service */
/** @typedef {{ service: Service, url: string }} Running */

const HOST = '127.0.0.1';

/** The plan of those who are to meet its limits: the free one as it is sold, asked without a pause. */
const AS_SOLD = 'as_sold';
const KEEP_AS_SOLD = `insert into plan select kept.* from plan, jsonb_populate_record(plan,
    '{"id": "${AS_SOLD}", "requests_per_minute": 100000000, "compute_ms_per_minute": 1000000000}') kept
  where plan.id = 'free'`;

/**
 * Every duty of the gateway stays on; only its numbers are raised, far enough that no benchmark
 * meets them. `free` is the plan of each new database.
 */
const RAISE_LIMITS = `update plan set concurrency_max = 150, requests_per_minute = 100000000,
  compute_ms_per_minute = 1000000000, statement_ms = 30000, rows_max = 100000,
  response_bytes_max = 67108864, streaming = true, databases_max = null where id = 'free'`;

/**
 * A temporary Postgres with a control plane, and the processes that a part of the bench starts on
 * it: from the build, in production mode, with the log level of production.
 */
export class Stack {
  #folder = mkdtempSync(join(tmpdir(), 'howdah-bench-'));
  #clusterSecret = randomBytes(24).toString('base64url');
  /** @type {Set<Service>} */
  #running = new Set();
  /** @type {import('../scripts/embedded-postgres.mjs').Postgres | undefined} */
  #postgres;
  #options;
  #controlUrl = '';

  /**
   * @param {AbortSignal} signal
   * @param {import('../scripts/embedded-postgres.mjs').TemporaryOptions} [options] of its Postgres
   */
  constructor(signal, options = {}) {
    this.signal = signal;
    this.#options = options;
  }

  get postgres() {
    if (!this.#postgres) throw new Error('the stack was not started');
    return this.#postgres;
  }

  async start() {
    this.#postgres = await startTemporaryPostgres(this.#options);
    const password = randomBytes(16).toString('hex');
    const { adminUrl } = this.#postgres;
    this.#controlUrl = await prepareControlDatabase({ adminUrl, password });
    await runToEnd({
      name: 'migrator',
      args: [mainOf('migrator')],
      env: { ...inheritedEnv(), ...serviceEnv('migrator', this.#settings(0)) },
      cwd: ROOT,
      signal: this.signal,
    });
    await this.control(KEEP_AS_SOLD);
    await this.control(RAISE_LIMITS);
  }

  /**
   * @param {Record<string, string>} [env]
   * @param {string} [root] of the repository whose build is started
   */
  async startGateway(env, root) {
    const limits = {
      SIGN_UPS_PER_ADDRESS_AND_HOUR: '100000',
      SIGN_INS_PER_ADDRESS_AND_QUARTER_HOUR: '100000',
      DATABASES_PER_ACCOUNT_AND_DAY: '100000',
    };
    return await this.#startService('gateway', { ...limits, ...env }, root);
  }

  async startProvisioner(/** @type {number} */ warmPoolSize) {
    return await this.#startService('provisioner', { WARM_POOL_SIZE: String(warmPoolSize) });
  }

  /**
   * Starts a server that is not ours.
   *
   * @param {string} name
   * @param {string} file
   * @param {(port: number) => Record<string, string>} envFor
   * @param {string} [readyPath]
   * @returns {Promise<Running>}
   */
  async startPeer(name, file, envFor, readyPath = '/') {
    const port = await freePort();
    const env = { NODE_ENV: 'production', ...envFor(port) };
    return await this.#spawn(name, [file], env, port, readyPath);
  }

  async stopAll(/** @type {readonly Running[]} */ processes) {
    await Promise.all(processes.map(({ service }) => service.stop()));
    for (const { service } of processes) this.#running.delete(service);
  }

  async stop() {
    await Promise.all([...this.#running].map((service) => service.stop()));
    await this.#postgres?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Asks the control plane's database. @returns {Promise<any[]>} */
  async control(/** @type {string} */ query, /** @type {unknown[]} */ params = []) {
    return await ask(this.#controlUrl, query, params);
  }

  /** Asks the server as its superuser. @returns {Promise<any[]>} */
  async admin(/** @type {string} */ query, /** @type {unknown[]} */ params = []) {
    return await ask(this.postgres.adminUrl, query, params);
  }

  /** Holds a database to the limits that customers of the free plan have. */
  async holdAsSold(/** @type {string} */ databaseId) {
    await this.control('update database set plan_id = $2 where id = $1', [databaseId, AS_SOLD]);
  }

  /**
   * The URL of a database's `admin` login, by which its gateways connect too, in the role that its
   * sessions start in. Both are derived as libs/kernel/src/tenant-roles.ts does it.
   */
  async tenantUrl(/** @type {string} */ databaseId) {
    const [row] = await this.control(
      'select physical_name as name, family, cluster_id as cluster from database where id = $1',
      [databaseId],
    );
    const secret = hmac(this.#clusterSecret, `cluster:${row.cluster}`);
    const password = hmac(secret, `role:${row.name}`);
    const url = new URL(`postgresql://${HOST}:${this.postgres.port}/${row.name}`);
    url.username = row.name;
    url.password = password;
    url.searchParams.set('options', `-c role=o_${row.family}`);
    // postgres-meta decodes a plus sign as one.
    return url.href.replaceAll('+', '%20');
  }

  /**
   * Keeps one connection of the superuser for the work.
   *
   * @template T
   * @param {(client: pg.Client) => Promise<T>} work
   */
  async withAdmin(work) {
    return await connected(this.postgres.adminUrl, work);
  }

  /** Asks any of the server's databases. @returns {Promise<any[]>} */
  async askAt(/** @type {string} */ url, /** @type {string} */ query) {
    return await ask(url, query, []);
  }

  async #startService(
    /** @type {'gateway' | 'provisioner'} */ name,
    /** @type {Record<string, string>} */ env,
    root = ROOT,
  ) {
    const port = await freePort();
    const common = { ...serviceEnv(name, this.#settings(port)), HOST, PORT: String(port) };
    const args = ['--enable-source-maps', mainOf(name, root)];
    return await this.#spawn(name, args, { ...common, ...env }, port, '/ready', root);
  }

  /**
   * @param {string} name
   * @param {readonly string[]} args
   * @param {Record<string, string>} env
   * @param {number} port
   * @param {string} readyPath
   * @param {string} [cwd]
   * @returns {Promise<Running>}
   */
  async #spawn(name, args, env, port, readyPath, cwd = ROOT) {
    const service = spawnService({
      name,
      args: [...nodeOptions(name), ...args],
      env: { ...inheritedEnv(), ...env },
      cwd,
      logFile: join(this.#folder, `${name}-${port}.log`),
    });
    this.#running.add(service);
    const url = `http://${HOST}:${port}`;
    await service.ready(`${url}${readyPath}`, { signal: this.signal });
    return { service, url };
  }

  /** @returns {import('../scripts/services.mjs').ServiceSettings} */
  #settings(/** @type {number} */ port) {
    return {
      ports: { gateway: port, provisioner: port, billing: port },
      databaseUrl: this.#controlUrl,
      adminUrl: this.postgres.adminUrl,
      clusterSecret: this.#clusterSecret,
      nodeEnv: 'production',
      logLevel: 'info',
    };
  }
}

/** `BENCH_NODE_OPTIONS_GATEWAY=--cpu-prof` profiles one process, without a profile of all others. */
function nodeOptions(/** @type {string} */ name) {
  const options = process.env[`BENCH_NODE_OPTIONS_${name.toUpperCase()}`];
  return options ? options.split(' ') : [];
}

function mainOf(/** @type {string} */ app, root = ROOT) {
  return join(root, 'dist', 'apps', app, 'main.js');
}

function hmac(/** @type {string} */ secret, /** @type {string} */ text) {
  return createHmac('sha256', secret).update(text).digest('base64url');
}

async function ask(
  /** @type {string} */ url,
  /** @type {string} */ query,
  /** @type {unknown[]} */ params,
) {
  return await connected(url, async (client) => (await client.query(query, params)).rows);
}

/**
 * @template T
 * @param {string} connectionString
 * @param {(client: pg.Client) => Promise<T>} work
 */
async function connected(connectionString, work) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
