/** A server setting that holds tenants, as `pg_settings.setting` tells it. */
export interface WantedSetting {
  name: string;
  holds: (value: string) => boolean;
  /** As it would stand in postgresql.conf, or in words. */
  wanted: string;
  why: string;
  /** Without it the cluster is not hardened; the others are advice. */
  required: boolean;
  /** The major version that brought it. */
  since?: number;
}

const is = (wanted: string) => (value: string) => value === wanted;
const atMost = (max: number) => (value: string) => Number(value) <= max;
const atLeast = (min: number) => (value: string) => Number(value) >= min;

/**
 * Settings that a tenant cannot change, or whose server value is what its sessions begin with. The
 * timeouts are not among them: every session of ours brings its own.
 */
export const WANTED_SETTINGS: readonly WantedSetting[] = [
  {
    name: 'max_prepared_transactions',
    holds: is('0'),
    wanted: '0',
    why: 'a prepared transaction keeps its locks after its session is ended',
    required: true,
  },
  {
    name: 'max_parallel_workers_per_gather',
    holds: is('0'),
    wanted: '0',
    why: "one tenant's statement would take several processors",
    required: true,
  },
  {
    name: 'temp_file_limit',
    holds: (value) => Number(value) >= 0,
    wanted: 'a limit, such as 100MB',
    why: "a tenant's sort can fill the disk of all",
    required: true,
  },
  {
    name: 'password_encryption',
    holds: is('scram-sha-256'),
    wanted: 'scram-sha-256',
    why: 'a tenant that changes its own password would store a weaker hash',
    required: true,
  },
  {
    name: 'log_min_error_statement',
    holds: is('panic'),
    wanted: 'panic',
    why: 'failing statements, with passwords and customers’ data in them, are written to the log',
    required: true,
  },
  {
    name: 'max_locks_per_transaction',
    holds: atLeast(512),
    wanted: '512 or more',
    why: 'a tenant that locks some thousand tables fills the lock table of all',
    required: true,
  },
  {
    name: 'max_pred_locks_per_transaction',
    holds: atLeast(512),
    wanted: '512 or more',
    why: 'a tenant that reads thousands of tables in SERIALIZABLE fills the predicate locks of all',
    required: true,
  },
  {
    name: 'track_activities',
    holds: is('on'),
    wanted: 'on',
    why: 'the reaper sees no session that is overdue',
    required: true,
  },
  {
    name: 'track_counts',
    holds: is('on'),
    wanted: 'on',
    why: 'no write is counted, so that sizes are never measured again',
    required: true,
  },
  {
    name: 'log_statement',
    holds: is('none'),
    wanted: 'none',
    why: "customers' statements are written to the log",
    required: false,
  },
  {
    name: 'log_min_duration_statement',
    holds: is('-1'),
    wanted: '-1',
    why: "customers' slow statements are written to the log",
    required: false,
  },
  {
    name: 'client_connection_check_interval',
    holds: atLeast(1),
    wanted: '1s',
    why: 'what a gateway that died has begun goes on to its limit',
    required: false,
  },
  {
    name: 'max_worker_processes',
    holds: atMost(4),
    wanted: '4 or less',
    why: 'a tenant may SET itself parallel workers up to this many',
    required: false,
  },
  {
    name: 'jit_provider',
    holds: is(''),
    wanted: "''",
    why: 'a tenant may switch on a compiler that hears no cancel',
    required: false,
  },
  {
    name: 'reserved_connections',
    holds: atLeast(2),
    wanted: '2 or more',
    why: 'tenants that hold all connections keep the reaper out',
    required: false,
    since: 16,
  },
  {
    name: 'max_notify_queue_pages',
    holds: atMost(16_384),
    wanted: '16384 or less',
    why: 'notifications that nobody takes may fill 8 GB of disk',
    required: false,
    since: 17,
  },
  {
    name: 'recovery_init_sync_method',
    holds: is('syncfs'),
    wanted: 'syncfs',
    why: 'recovery after a crash opens every file of every database, minutes for thousands of them',
    required: false,
  },
];
