/**
 * Trusted extensions a customer may create; any other that a server has keeps it from the tier
 * `hardened`. Left out of those that ship with Postgres: the languages, of which pltcl ends the
 * whole server when it runs out of memory, their transforms, and `lo`. The list stands a second
 * time in scripts/postgres-extensions.mjs, which gives the servers we start these files alone.
 */
export const ALLOWED_EXTENSIONS: readonly string[] = [
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
];
