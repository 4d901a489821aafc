import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts, their tokens, clusters, plans, databases and keys: all that the first query needs. */
export class AccountsAndDatabases1766000000001 implements MigrationInterface {
  readonly name = 'AccountsAndDatabases1766000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ACCOUNTS);
    await runner.query(PLANS);
    await runner.query(DATABASES);
    await runner.query(RATE_LIMITS);
    await runner.query(CHANGE_FEED);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table rate_limit, snapshot, spare_database, database_key, database, cluster, plan,
        account_token, account;
      drop function announce_change();
    `);
  }
}

const ACCOUNTS = `
  create table account (
    id text primary key,
    email text not null unique,
    password_hash text not null,
    created_at timestamptz not null default now()
  );

  create table account_token (
    id text primary key,
    account_id text not null references account on delete cascade,
    hash bytea not null unique,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
  );
  create index on account_token (account_id);
`;

/** A null maximum means none. */
const PLANS = `
  create table plan (
    id text primary key,
    name text not null,
    price_amount bigint not null check (price_amount >= 0),
    price_currency text not null,
    statement_ms integer not null check (statement_ms > 0),
    rows_max integer not null check (rows_max > 0),
    size_bytes_max bigint not null check (size_bytes_max > 0),
    response_bytes_max integer not null check (response_bytes_max > 0),
    concurrency_max integer not null check (concurrency_max > 0),
    requests_per_minute integer not null check (requests_per_minute > 0),
    streaming boolean not null,
    databases_max integer check (databases_max > 0),
    forks_max integer not null,
    backups_max integer not null
  );

  insert into plan values
    ('free',  'Free',      0, 'usd',   1000,     500,     50e6,  10485760,  10,   600, false,    3,  1,  2),
    ('hobby', 'Hobby',   500, 'usd',  10000,   10000,      1e9,  67108864,  20,  3000, true,  null,  3,  7),
    ('pro',   'Pro',    2500, 'usd',  30000,  100000,     10e9,  67108864,  50, 12000, true,  null, 10, 30),
    ('scale', 'Scale', 10000, 'usd', 120000, 1000000,    100e9,  67108864, 100, 60000, true,  null, 50, 42);
`;

const DATABASES = `
  create table cluster (
    id text primary key,
    name text not null unique,
    host text not null,
    port integer not null check (port between 1 and 65535),
    databases_max integer not null default 800,
    accepts_new boolean not null default true,
    created_at timestamptz not null default now()
  );

  create table database (
    id text primary key,
    account_id text not null references account,
    name text not null,
    plan_id text not null references plan,
    state text not null default 'requested' check (state in ('requested', 'creating', 'ready',
      'forking', 'restoring', 'read_only', 'suspended', 'deleting', 'deleted', 'failed')),
    parent_id text references database,
    app_id text,
    cluster_id text references cluster,
    physical_name text unique,
    family text,
    size_bytes bigint not null default 0,
    failure text,
    created_at timestamptz not null default now(),
    state_changed_at timestamptz not null default now(),
    constraint database_place_is_whole check (
      (cluster_id is null) = (physical_name is null) and (cluster_id is null) = (family is null)),
    constraint database_that_runs_has_a_place check (
      state in ('requested', 'deleting', 'deleted', 'failed') or cluster_id is not null)
  );
  create index on database (account_id) where state <> 'deleted';
  create index on database (state_changed_at) where state in ('requested', 'creating', 'deleting');

  create table spare_database (
    physical_name text primary key,
    cluster_id text not null references cluster,
    family text not null,
    ready boolean not null default false,
    created_at timestamptz not null default now()
  );

  create table snapshot (
    id text primary key,
    database_id text not null references database,
    cluster_id text not null references cluster,
    physical_name text not null unique,
    family text not null,
    cause text not null check (cause in ('deletion')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
  );
  create index on snapshot (expires_at);

  create table database_key (
    id text primary key,
    database_id text not null references database,
    name text,
    role text not null check (role in ('read', 'write', 'admin')),
    class text not null check (class in ('web', 'userscript', 'server')),
    origins text[] not null default '{}',
    hash bytea not null unique,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz
  );
  create index on database_key (database_id);
`;

/** The table that rate-limiter-flexible keeps its counters in when there is no Redis. */
const RATE_LIMITS = `
  create unlogged table rate_limit (
    key varchar(255) primary key,
    points integer not null default 0,
    expire bigint
  );
`;

/**
 * Whoever changes a row that processes remember, by whatever means, tells them so in the same
 * transaction: there is no moment in which a change is committed and nobody will hear of it.
 */
const CHANGE_FEED = `
  create function announce_change() returns trigger language plpgsql as $$
  begin
    perform pg_notify('howdah_changes', tg_table_name || ':' || (case tg_op when 'DELETE' then old.id else new.id end));
    return null;
  end $$;

  create trigger announce after delete or update on account_token
    for each row execute function announce_change();
  create trigger announce after delete or update of role, class, origins, revoked_at on database_key
    for each row execute function announce_change();
  create trigger announce after delete or update of state, plan_id, cluster_id, account_id on database
    for each row execute function announce_change();
  create trigger announce after delete or update on plan
    for each row execute function announce_change();
  create trigger announce after delete or update of host, port on cluster
    for each row execute function announce_change();
`;
