import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExpectedError } from './expected-error.mjs';

/** The repository. */
export const ROOT = resolve(import.meta.dirname, '..');

/** The static server of the demo page. */
export const DEMO_SERVER = join(ROOT, 'apps', 'demo', 'server.mjs');

export function hasDemo() {
  return existsSync(DEMO_SERVER);
}

const OFFSETS = { gateway: 0, billing: 1, demo: 3, provisioner: 4, postgres: 32 };
const OFFSET_MAX = Math.max(...Object.values(OFFSETS));

/** @typedef {keyof typeof OFFSETS} PortName */
/** @typedef {Record<PortName, number>} Ports */
/** @typedef {{ fresh: boolean, home: string, portBase: number, ports: Ports }} Settings */

/**
 * What `npm start` was asked to do. A wrong word stops it: a mistyped `--fresh` must not start
 * on the old data.
 *
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Settings}
 */
export function readSettings(args, env) {
  const unknown = args.find((arg) => arg !== '--fresh');
  if (unknown !== undefined) {
    throw new ExpectedError(`npm start does not know ${unknown}; it takes: npm start -- --fresh`);
  }
  const portBase = readPortBase(env.PORT_BASE);
  return {
    fresh: args.includes('--fresh'),
    home: resolve(ROOT, env.HOWDAH_HOME || '.howdah'),
    portBase,
    ports: portsFrom(portBase),
  };
}

/** @returns {Ports} */
export function portsFrom(/** @type {number} */ base) {
  return {
    gateway: base + OFFSETS.gateway,
    billing: base + OFFSETS.billing,
    demo: base + OFFSETS.demo,
    provisioner: base + OFFSETS.provisioner,
    postgres: base + OFFSETS.postgres,
  };
}

function readPortBase(/** @type {string | undefined} */ text) {
  const base = Number(text || 3000);
  if (Number.isInteger(base) && base >= 1 && base + OFFSET_MAX <= 65_535) return base;
  throw new ExpectedError(
    `PORT_BASE is ${text}; wanted: a whole number from 1 to ${65_535 - OFFSET_MAX}`,
  );
}
