import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError } from './expected-error.mjs';
import { withFileLock } from './file-lock.mjs';
import { readJson } from './private-file.mjs';
import { inheritedEnv, runToEnd } from './processes.mjs';
import { progress } from './terminal.mjs';

const SOURCES = ['apps', 'libs', 'nest-cli.json', 'tsconfig.json', 'package-lock.json'];
const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);

/**
 * Builds the apps of nest-cli.json into dist/apps and what pages load into dist/static, unless
 * that was done from these very sources.
 */
export async function build(/** @type {string} */ root, /** @type {AbortSignal} */ signal) {
  if (isBuilt(root)) return;
  await progress('building', () =>
    withFileLock(join(root, '.howdah', 'build.lock'), signal, async () => {
      if (!isBuilt(root)) await buildAll(root, signal);
    }),
  );
}

function isBuilt(/** @type {string} */ root) {
  const stamp = stampFile(root);
  if (!existsSync(stamp) || !outputs(root).every(existsSync)) return false;
  return readFileSync(stamp, 'utf8') === fingerprint(root, SOURCES);
}

async function buildAll(/** @type {string} */ root, /** @type {AbortSignal} */ signal) {
  // Taken before the build: an edit made meanwhile then calls for another.
  const built = fingerprint(root, SOURCES);
  rmSync(stampFile(root), { force: true });
  const run = (/** @type {string} */ name, /** @type {string[]} */ args) =>
    runToEnd({ name, args, env: { ...inheritedEnv(), NO_COLOR: '1' }, cwd: root, signal });
  await run('nest build', [join(root, 'node_modules/@nestjs/cli/bin/nest.js'), 'build', '--all']);
  for (const config of viteConfigs(root)) {
    const vite = join(root, 'node_modules/vite/bin/vite.js');
    await run(`vite build --config ${config}`, [vite, 'build', '--config', config]);
  }
  const missing = outputs(root).filter((file) => !existsSync(file));
  if (missing.length > 0) throw new ExpectedError(`nest build made no ${missing.join(', ')}`);
  writeFileSync(stampFile(root), built);
}

/** One for each part that runs in a browser. */
function viteConfigs(/** @type {string} */ root) {
  return ['apps', 'libs']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
    .map((part) => `${part}/vite.config.ts`)
    .filter((config) => existsSync(join(root, config)))
    .sort();
}

/**
 * One hash over the names and contents of files and folders; tests and prose do not count.
 *
 * @param {string} root
 * @param {readonly string[]} paths
 */
function fingerprint(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(root, path)) {
      const content = readFileSync(join(root, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

/** @returns {string[]} in an order that does not depend on the file system */
function filesUnder(/** @type {string} */ root, /** @type {string} */ path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isDirectory()) return /\.(spec\.ts|md)$/.test(path) ? [] : [path];
  return readdirSync(join(root, path))
    .filter((name) => !SKIPPED.has(name))
    .sort()
    .flatMap((name) => filesUnder(root, `${path}/${name}`));
}

function outputs(/** @type {string} */ root) {
  const { projects } = readJson(join(root, 'nest-cli.json'));
  return Object.keys(projects).map((app) => join(root, 'dist', 'apps', app, 'main.js'));
}

function stampFile(/** @type {string} */ root) {
  return join(root, 'dist', '.built-from');
}
