import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The extensions a customer may create. Left out of those that ship as trusted: the languages
 * (pltcl can crash the whole server), their transforms, and `lo`.
 */
export const ALLOWED_EXTENSIONS = new Set([
  'btree_gin',
  'btree_gist',
  'citext',
  'cube',
  'dict_int',
  'fuzzystrmatch',
  'hstore',
  'intarray',
  'isn',
  'ltree',
  'pg_trgm',
  'pgcrypto',
  'plpgsql',
  'seg',
  'tablefunc',
  'tcn',
  'tsm_system_rows',
  'tsm_system_time',
  'unaccent',
  'uuid-ossp',
]);

/**
 * Whether a file of the folder `extension` belongs to an allowed one: `<name>.control` or
 * `<name>--<version>.sql`.
 */
export function isAllowedExtensionFile(/** @type {string} */ file) {
  const name = file.endsWith('.control') ? file.slice(0, -'.control'.length) : file.split('--')[0];
  return ALLOWED_EXTENSIONS.has(String(name));
}

/**
 * Makes the folder `to` anew with the allowed ones of those in `from`.
 *
 * @param {string} from
 * @param {string} to
 */
export function copyAllowedExtensions(from, to) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter(isAllowedExtensionFile)) {
    cpSync(join(from, file), join(to, file));
  }
}
