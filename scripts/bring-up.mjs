import { join } from 'node:path';
import { build } from './build-all.mjs';
import { prepareControlDatabase } from './control-database.mjs';
import { startPostgres } from './embedded-postgres.mjs';
import { curlLine, localJson } from './local-json.mjs';
import { writePrivateJson } from './private-file.mjs';
import { inheritedEnv, runToEnd, spawnService } from './processes.mjs';
import { openSecrets } from './secrets.mjs';
import { seed } from './seed.mjs';
import { serviceEnv, SERVICES } from './services.mjs';
import { DEMO_SERVER, hasDemo, ROOT } from './settings.mjs';
import { progress, say } from './terminal.mjs';

/** @typedef {import('./settings.mjs').Settings} Settings */
/** @typedef {import('./claim-home.mjs').HomeFiles} HomeFiles */
/** @typedef {import('./services.mjs').ServiceSettings} ServiceSettings */
/** @typedef {{ settings: Settings, files: HomeFiles, crew: import('./crew.mjs').Crew, signal: AbortSignal }} Run */

/** From installed packages to `howdah is ready`; what can go side by side does. */
export async function bringUp(/** @type {Run} */ run) {
  const { settings, files, signal } = run;
  const secrets = openSecrets(files.secrets);
  const [storage] = await settleAll([startStorage(run, secrets), build(ROOT, signal)]);
  const { clusterSecret, operatorToken } = secrets;
  const services = { ports: settings.ports, clusterSecret, operatorToken, ...storage };
  await progress('preparing the control database', () => migrate(services, signal));
  await progress('starting the services', () => startServices(run, services));
  const urls = publicUrls(settings);
  const seeded = await progress('making the demo data', () =>
    seed({ gateway: String(urls.gateway), file: files.seed, secrets, signal }),
  );
  if (hasDemo()) await startDemo(run, String(urls.gateway), seeded.database);
  const controlDatabase = storage.databaseUrl;
  writePrivateJson(files.local, localJson({ urls, controlDatabase, operatorToken, seeded }));
  announce(urls, files, seeded.database.url);
}

/** @returns {Promise<Pick<ServiceSettings, 'databaseUrl' | 'adminUrl' | 'redisUrl' | 'logLevel'>>} */
async function startStorage(
  /** @type {Run} */ run,
  /** @type {import('./secrets.mjs').Secrets} */ secrets,
) {
  const { settings, files, crew, signal } = run;
  return await progress('starting PostgreSQL', async () => {
    const { adminUrl, service } = await startPostgres({
      dataDir: files.data,
      port: settings.ports.postgres,
      log: join(files.logs, 'postgres.log'),
      password: secrets.postgresPassword,
      notice: say,
      signal,
    });
    crew.add(service, { neededByAll: true });
    const databaseUrl = await prepareControlDatabase({
      adminUrl,
      password: secrets.controlPassword,
    });
    return {
      databaseUrl,
      adminUrl,
      redisUrl: process.env.REDIS_URL || undefined,
      logLevel: process.env.LOG_LEVEL || undefined,
    };
  });
}

async function migrate(/** @type {ServiceSettings} */ services, /** @type {AbortSignal} */ signal) {
  await runToEnd({
    name: 'migrator',
    args: nodeArgs('migrator'),
    env: { ...inheritedEnv(), ...serviceEnv('migrator', services) },
    cwd: ROOT,
    signal,
  });
}

async function startServices(/** @type {Run} */ run, /** @type {ServiceSettings} */ services) {
  await settleAll(
    SERVICES.map((name) => startService(run, name, nodeArgs(name), serviceEnv(name, services))),
  );
}

/**
 * The demo is a page of somebody who uses howdah. Its key is the one in local.json: the page
 * lets its visitor run any statement.
 *
 * @param {Run} run
 * @param {string} gateway
 * @param {import('./local-json.mjs').Seeded['database']} database
 */
async function startDemo(run, gateway, { url, key }) {
  const HOST = 'localhost';
  const PORT = String(run.settings.ports.demo);
  const env = { HOST, PORT, DEMO_GATEWAY: gateway, DEMO_DATABASE_URL: url, DEMO_KEY: key };
  await startService(run, 'demo', [DEMO_SERVER], env);
}

/**
 * @param {Run} run
 * @param {import('./services.mjs').ServiceName | 'demo'} name
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 */
async function startService({ settings, files, crew, signal }, name, args, env) {
  signal.throwIfAborted();
  const logFile = join(files.logs, `${name}.log`);
  const service = spawnService({
    name,
    args,
    env: { ...inheritedEnv(), ...env },
    cwd: ROOT,
    logFile,
  });
  await crew.add(service).ready(`http://localhost:${settings.ports[name]}/ready`, { signal });
}

function nodeArgs(/** @type {string} */ app) {
  return ['--enable-source-maps', join(ROOT, 'dist', 'apps', app, 'main.js')];
}

/** @returns {Record<string, string>} */
function publicUrls(/** @type {Settings} */ { ports }) {
  const names = /** @type {const} */ (['gateway', 'billing', ...(hasDemo() ? ['demo'] : [])]);
  return Object.fromEntries(
    names.map((name) => [name, `http://localhost:${ports[/** @type {'demo'} */ (name)]}`]),
  );
}

function announce(
  /** @type {Record<string, string>} */ urls,
  /** @type {HomeFiles} */ files,
  /** @type {string} */ databaseUrl,
) {
  say('\nhowdah is ready');
  for (const [name, url] of Object.entries(urls)) say(`  ${name.padEnd(9)} ${url}`);
  say(`  passwords and keys are in ${files.local}, logs in ${files.logs}`);
  say(
    `\nAsk the demo database:\n  ${curlLine(files.local, databaseUrl)}\n\nCtrl-C stops everything.`,
  );
}

/**
 * Like Promise.all, but a failure is told only when nothing is going on any more: what is still
 * starting could not be stopped otherwise.
 *
 * @template {readonly unknown[] | []} T
 * @param {T} work
 */
async function settleAll(work) {
  await Promise.allSettled(work);
  return await Promise.all(work);
}
