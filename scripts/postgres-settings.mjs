/**
 * Kilobytes of address space of each Postgres process. A statement that wants more fails with 53200;
 * without a limit the kernel would kill some process, and Postgres then restarts under everybody.
 * A customer may fill as many processes as its plan has connections.
 */
export const MEMORY_MAX_KB = 1024 * 1024;

/**
 * What holds customers to their limits. Timeouts and whatever else a customer can SET are only
 * beginnings: the gateway sets them again, and watches from outside. Roles of our own get longer
 * timeouts by ALTER ROLE. deploy/postgresql.conf has the same for the container.
 *
 * @type {Readonly<Record<string, string | number>>}
 */
const SERVER_SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  default_text_search_config: 'pg_catalog.english',

  max_connections: 300,
  authentication_timeout: 10,
  reserved_connections: 5,
  superuser_reserved_connections: 3,
  shared_buffers: '128MB',
  max_wal_size: '1GB',

  // One statement, one process: a customer's query must not take the workers of all.
  max_worker_processes: 4,
  max_parallel_workers: 0,
  max_parallel_workers_per_gather: 0,
  max_prepared_transactions: 0,
  // Both tables of locks are everybody's: with the usual 64, ten sessions that read 3,000 tables each in
  // SERIALIZABLE transactions gave their neighbours' 53200.
  max_locks_per_transaction: 512,
  max_pred_locks_per_transaction: 512,
  autovacuum_max_workers: 8,
  autovacuum_worker_slots: 16,
  // A loop of savepoints makes 145,000 multixacts a second, of 13 bytes each, until they are frozen.
  autovacuum_multixact_freeze_max_age: 100_000_000,
  max_notify_queue_pages: 16384,
  temp_file_limit: '100MB',
  file_copy_method: 'clone',
  // A standby or backup that has fallen behind must not keep all the WAL that customers can write.
  max_slot_wal_keep_size: '10GB',

  // A gateway that died: its statements end within a second, its idle sessions after 90 s rather
  // than two hours if its machine went with it.
  client_connection_check_interval: '1s',
  tcp_keepalives_idle: 60,
  tcp_keepalives_interval: 10,
  tcp_keepalives_count: 3,

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

/** The major version that brought a setting; the others are in all we run on, 15 and later. */
const SINCE = /** @type {Readonly<Record<string, number>>} */ ({
  reserved_connections: 16,
  max_notify_queue_pages: 17,
  autovacuum_worker_slots: 18,
  extension_control_path: 18,
  file_copy_method: 18,
});

/**
 * postgresql.conf, whole, without the settings that this version lacks. `overrides` win.
 *
 * @param {number} major
 * @param {Readonly<Record<string, string | number>>} overrides
 */
export function postgresqlConf(major, overrides) {
  const platform = process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {};
  const lines = Object.entries({ ...SERVER_SETTINGS, ...platform, ...overrides })
    .filter(([name]) => major >= (SINCE[name] ?? 0))
    .map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`);
  return `# Written at every start; edits are lost.\n${lines.join('\n')}\n`;
}

/**
 * What tells initdb who sorts and changes case: Postgres itself from 17 on, and before that the
 * system, whose locale follows as a word of its own in either case.
 */
export function localeWords(/** @type {number} */ major) {
  return major >= 17
    ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    : ['--locale-provider=libc'];
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
