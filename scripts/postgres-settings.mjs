/**
 * The server settings tenants are held by; each is explained in docs and none of them is one a
 * tenant can change. Roles of our own get longer timeouts by ALTER ROLE.
 *
 * @type {Readonly<Record<string, string | number>>}
 */
const SERVER_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  default_text_search_config: 'pg_catalog.english',

  max_connections: 200,
  reserved_connections: 5,
  superuser_reserved_connections: 3,
  shared_buffers: '128MB',
  max_wal_size: '1GB',

  max_worker_processes: 4,
  max_parallel_workers: 0,
  max_parallel_workers_per_gather: 0,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 512,
  autovacuum_max_workers: 8,
  autovacuum_worker_slots: 16,
  max_notify_queue_pages: 16384,
  temp_file_limit: '100MB',
  file_copy_method: 'clone',

  statement_timeout: 1000,
  lock_timeout: 900,
  idle_in_transaction_session_timeout: 3000,
  jit: 'off',
  jit_provider: '',

  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // A failing statement may hold a password or a customer's data: the log has the error alone.
  log_min_error_statement: 'panic',
  log_parameter_max_length: 0,
};

/**
 * postgresql.conf, whole. `overrides` win.
 *
 * @param {Readonly<Record<string, string | number>>} overrides
 */
export function postgresqlConf(overrides) {
  const platform = process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {};
  const settings = { ...SERVER_SETTINGS, ...platform, ...overrides };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`,
  );
  return `# Written at every start; edits are lost.\n${lines.join('\n')}\n`;
}

/**
 * pg_hba.conf, whole; the first line that fits decides. Roles that log in by the two last `host`
 * lines belong to customers: `sameuser` holds the admin login, named as its database, to that
 * database whatever was granted; write and read logins are held by CONNECT grants.
 */
export const PG_HBA_CONF = `# Written at every start; edits are lost.
host all      postgres                127.0.0.1/32 scram-sha-256
host howdah   howdah                  127.0.0.1/32 scram-sha-256
host postgres howdah_reaper           127.0.0.1/32 scram-sha-256
host sameuser all                     127.0.0.1/32 scram-sha-256
host all      +howdah_tenant_clients  127.0.0.1/32 scram-sha-256
host all      all                     0.0.0.0/0    reject
`;

/**
 * The extensions a customer may create. Left out of those that ship as trusted: the languages
 * (pltcl can crash the whole server), their transforms, and `lo`.
 */
const ALLOWED_EXTENSIONS = new Set([
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
