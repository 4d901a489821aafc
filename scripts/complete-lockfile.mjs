// `node scripts/complete-lockfile.mjs`, after an `npm install` that changed package-lock.json.
//
// npm leaves out of the lockfile the optional packages it did not look up, such as binaries for
// other platforms (https://github.com/npm/cli/issues/4828), and `npm ci` then refuses it, here
// and on those platforms. Such packages are pinned by the package that wants them, and their
// names tell the platform, so their entries can be written without asking anybody.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './settings.mjs';

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
const EXACT = /^\d+\.\d+\.\d+[\w.+-]*$/;

/** @typedef {Record<string, any>} Packages */

/** The entries to add, each with its path. */
function missingEntries(/** @type {Packages} */ packages) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(([name, version]) => EXACT.test(version) && !isLocked(packages, path, name))
      .map(([name, version]) => [`node_modules/${name}`, entry(name, String(version), dev)]),
  );
}

/** As Node looks a package up: in the dependant's own node_modules, then outwards. */
function isLocked(
  /** @type {Packages} */ packages,
  /** @type {string} */ dependant,
  /** @type {string} */ name,
) {
  for (
    let path = dependant;
    ;
    path = path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1))
  ) {
    if (packages[`${path === '' ? '' : `${path}/`}node_modules/${name}`]) return true;
    if (path === '') return false;
  }
}

function entry(
  /** @type {string} */ name,
  /** @type {string} */ version,
  /** @type {boolean | undefined} */ dev,
) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const cpu = CPU.filter((word) => words.includes(word));
  const os = OS.filter((word) => words.includes(word));
  const libc = [...(/-musl/.test(name) ? ['musl'] : []), ...(/-gnu/.test(name) ? ['glibc'] : [])];
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(dev ? { dev } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

const file = join(ROOT, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingEntries(lock.packages);
const all = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
lock.packages = Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, 'en')));
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} packages added to package-lock.json`);
