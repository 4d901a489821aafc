import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Quotas of size, objects and statement time; suspension; tiers of clusters. */
export class LimitsThatHold1766000000002 implements MigrationInterface {
  readonly name = 'LimitsThatHold1766000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PLANS);
    await runner.query(CLUSTERS);
    await runner.query(DATABASES);
    await runner.query(SNAPSHOTS);
    await runner.query(CHANGE_FEED);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop trigger announce on database;
      alter table plan drop column compute_ms_per_minute, drop column relations_max,
        drop column functions_max, drop column large_objects_max, drop column needs_hardened;
      alter table cluster drop column tier, drop column findings;
      alter table database drop column applied, drop column relations, drop column functions,
        drop column large_objects, drop column measured_at, drop column measured_activity,
        drop column counted_at, drop column counted_activity, drop column full_floor_bytes,
        drop column storage_level,
        drop column writes_locked, drop column writes_locked_at,
        drop column reclaim, drop column reclaim_asked_at,
        drop column suspension, drop column suspended_at;
      alter table snapshot drop column drop_failed_at;
      drop index database_family_idx, snapshot_family_idx;
      create trigger announce after delete or update of state, plan_id, cluster_id, account_id
        on database for each row execute function announce_change();
    `);
  }
}

/** Objects are counted because each costs all tenants of a cluster files, memory and recovery time. */
const PLANS = `
  alter table plan
    add column compute_ms_per_minute integer not null default 20000 check (compute_ms_per_minute > 0),
    add column relations_max integer not null default 1000 check (relations_max > 0),
    add column functions_max integer not null default 1000 check (functions_max > 0),
    add column large_objects_max integer not null default 1000 check (large_objects_max > 0),
    add column needs_hardened boolean not null default false;
  update plan set needs_hardened = true where id = 'free';
  update plan set compute_ms_per_minute = v.compute, relations_max = v.relations,
      functions_max = v.functions, large_objects_max = v.large_objects
    from (values ('hobby',   60000,  5000, 5000,   10000),
                 ('pro',    240000, 20000, 20000, 100000),
                 ('scale', 1200000, 50000, 50000, 1000000))
      as v (id, compute, relations, functions, large_objects)
    where plan.id = v.id;
`;

/** A cluster is hardened once a provisioner has found it so, not before. */
const CLUSTERS = `
  alter table cluster
    add column tier text not null default 'managed' check (tier in ('hardened', 'managed')),
    add column findings text[] not null default '{}';
`;

/**
 * `applied` is what the cluster was last brought in line with. `measured_activity` is the count of
 * changed rows that Postgres gave when the size was taken: while it stands, nothing can have grown.
 * `full_floor_bytes` is the smallest size that was measured since the database went over its limit.
 * A lock of writes and a reclaim each have their time, for each may be asked for again while a worker
 * is at it, and neither may keep the other from its end.
 */
const DATABASES = `
  alter table database
    add column applied text,
    add column relations integer not null default 0,
    add column functions integer not null default 0,
    add column large_objects integer not null default 0,
    add column measured_at timestamptz,
    add column measured_activity bigint,
    add column counted_at timestamptz,
    add column counted_activity bigint,
    add column full_floor_bytes bigint,
    add column storage_level text not null default 'ok' check (storage_level in ('ok', 'near', 'full')),
    add column writes_locked boolean not null default false,
    add column writes_locked_at timestamptz,
    add column reclaim text check (reclaim in ('plain', 'full')),
    add column reclaim_asked_at timestamptz,
    add column suspension text,
    add column suspended_at timestamptz,
    add constraint database_suspension_has_a_time check (
      (suspension is null) = (suspended_at is null));
  create index on database (reclaim_asked_at) where reclaim is not null;
  create index on database (writes_locked_at) where writes_locked;
  create index database_family_idx on database (family);
  create index on database (cluster_id) where state in ('ready', 'read_only', 'suspended');
`;

/** One whose drop has failed is tried again after all others. */
const SNAPSHOTS = `
  alter table snapshot add column drop_failed_at timestamptz;
  create index snapshot_family_idx on snapshot (family);
`;

const CHANGE_FEED = `
  drop trigger announce on database;
  create trigger announce after delete or update of state, plan_id, cluster_id, account_id,
      storage_level, writes_locked, suspension on database
    for each row execute function announce_change();
`;
