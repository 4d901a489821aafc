/** Functions of `pg_catalog` that tenants may not call, and why. */
export interface RevokedFunctions {
  why: string;
  /** A Postgres regular expression on the function's name. */
  names?: string;
  /** Every function that takes or gives one of these types. */
  types?: readonly string[];
}

/**
 * Changing a list changes the template's name, so that the next start makes a new one. Databases
 * made before keep what they were made with.
 *
 * Only calls of the functions are refused, not the statements that share their machinery: LISTEN,
 * NOTIFY and DISCARD ALL go on working. XMLTABLE never asks for EXECUTE and so cannot be closed
 * here; the time limits have to bear it.
 */
export const REVOKED_FUNCTIONS: readonly RevokedFunctions[] = [
  {
    why: 'Advisory locks live in the lock table all databases share: one tenant can fill it.',
    names: '^pg_(try_)?advisory_',
  },
  {
    why: 'Writes any amount of WAL in one call, past every limit on the size of a database.',
    names: '^pg_logical_emit_message$',
  },
  {
    why: 'Over a set of rows it fills the notification queue all databases share.',
    names: '^pg_notify$',
  },
  {
    why: "Tells what other tenants' sessions do, from where, and which of them are awake.",
    names:
      '^(pg_stat_get_activity|pg_stat_get_backend_.*|pg_stat_get_wal_senders|pg_stat_get_wal_receiver)$',
  },
  {
    why: "Shows every tenant's locks and takes all partitions of the lock table to do it.",
    names: '^pg_lock_status$',
  },
  {
    why: 'Tells the identity and the recovery state of the cluster.',
    names: '^pg_control_',
  },
  {
    why: 'Loops over points in C that ask neither for a cancel nor for a termination.',
    types: ['path', 'polygon'],
  },
  {
    why: 'Runs in libxml2, which asks neither for a cancel nor for a termination.',
    names: '^(xpath.*|xmlexists)$',
  },
  {
    why:
      'Anybody may make large objects, whatever their grants: a read key would write, and a login ' +
      'would own what outlives it in forks. The owners of a family get these back.',
    names: '^(lo_create|lo_creat|lo_from_bytea)$',
  },
];

/** What only owners of a database may call again; with the signatures a GRANT wants. */
export const OWNERS_FUNCTIONS: readonly string[] = [
  'lo_create(oid)',
  'lo_creat(integer)',
  'lo_from_bytea(oid, bytea)',
];

/** Views of `pg_catalog` over the whole cluster: sessions, locks and replication of everybody. */
export const REVOKED_VIEWS: readonly string[] = [
  'pg_stat_activity',
  'pg_locks',
  'pg_stat_replication',
  'pg_stat_ssl',
  'pg_stat_gssapi',
  'pg_stat_wal_receiver',
];

/**
 * Types that lose their operator classes. An exclusion constraint calls the operators of an index
 * without asking for EXECUTE: two polygons of 30,000 points in `EXCLUDE USING gist (p WITH &&)` kept
 * a backend busy for 70 s past a limit of 0.5 s, deaf to termination, and the time is quadratic.
 */
export const UNINDEXED_TYPES: readonly string[] = ['polygon'];

/**
 * Trusted languages a tenant could install by CREATE EXTENSION. PL/Tcl ends the whole cluster when
 * it runs out of memory, and neither runs under our limits. Each name is taken by a language that
 * only a superuser may use, so that the extension's script fails on it.
 */
export const BLOCKED_LANGUAGES: readonly string[] = ['pltcl', 'plperl'];
