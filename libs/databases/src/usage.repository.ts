import type { DatabaseState, StorageLevel } from '@howdah/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Usage } from './storage-level';

/** A database that may be measured, with what was found the last time. */
export interface MeasuredDatabase {
  id: string;
  physicalName: string;
  family: string;
  state: DatabaseState;
  level: StorageLevel;
  writesLocked: boolean;
  /** Its tables are being written anew, which takes their size once more. */
  rewriting: boolean;
  used: Usage;
  limits: Usage;
  measuredAt: Date | null;
  /** Rows that Postgres had changed when the size was taken; null before the first time. */
  measuredActivity: number | null;
  /** The same, when the objects were counted, and when that was. */
  countedActivity: number | null;
  countedAt: Date | null;
}

interface Row {
  id: string;
  physical_name: string;
  family: string;
  state: DatabaseState;
  storage_level: StorageLevel;
  writes_locked: boolean;
  rewriting: boolean;
  size_bytes: string;
  relations: number;
  functions: number;
  large_objects: number;
  size_bytes_max: string;
  relations_max: number;
  functions_max: number;
  large_objects_max: number;
  measured_at: Date | null;
  measured_activity: string | null;
  counted_activity: string | null;
  counted_at: Date | null;
}

const MEASURED = `
  select d.id, d.physical_name, d.family, d.state, d.storage_level, d.writes_locked,
    d.reclaim is not distinct from 'full' as rewriting,
    d.size_bytes, d.relations, d.functions, d.large_objects,
    p.size_bytes_max, p.relations_max, p.functions_max, p.large_objects_max,
    d.measured_at, d.measured_activity, d.counted_activity, d.counted_at
  from database d join plan p on p.id = d.plan_id
  where d.state in ('ready', 'read_only')`;

/** The databases' figures, and the state that follows from them. */
@Injectable()
export class UsageRepository {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  async ofCluster(clusterId: string): Promise<MeasuredDatabase[]> {
    const rows = await this.source.query<Row[]>(`${MEASURED} and d.cluster_id = $1`, [clusterId]);
    return rows.map(measuredDatabase);
  }

  /** Those where rows changed since they were measured. `activity`: rows changed ever, by name. */
  async movedOf(
    clusterId: string,
    activity: ReadonlyMap<string, number>,
  ): Promise<MeasuredDatabase[]> {
    const rows = await this.source.query<Row[]>(
      `${MEASURED} and d.cluster_id = $1 and exists (
         select from unnest($2::text[], $3::bigint[]) as seen (name, rows)
         where seen.name = d.physical_name and seen.rows is distinct from d.measured_activity)`,
      [clusterId, [...activity.keys()], [...activity.values()]],
    );
    return rows.map(measuredDatabase);
  }

  async find(id: string): Promise<MeasuredDatabase | null> {
    const [row] = await this.source.query<Row[]>(`${MEASURED} and d.id = $1`, [id]);
    return row ? measuredDatabase(row) : null;
  }

  /**
   * Answers the smallest size since the database went over its limit, this one included; null where
   * it is not, or where what was under way then may still be ending.
   */
  async saveBytes(id: string, bytes: number, activity: number): Promise<number | null> {
    const [rows] = await this.source.query<[{ floor: string | null }[], number]>(
      `update database as d set size_bytes = $2, measured_at = now(), measured_activity = $3,
         full_floor_bytes = case
           when d.state <> 'read_only' then null
           when d.state_changed_at + p.statement_ms * interval '1 ms' > now() - interval '5 s'
             then full_floor_bytes
           else least(full_floor_bytes, $2) end
       from plan p where d.id = $1 and p.id = d.plan_id
       returning d.full_floor_bytes as floor`,
      [id, bytes, activity],
    );
    const floor = rows[0]?.floor ?? null;
    return floor === null ? null : Number(floor);
  }

  /** `activity`: as it was before they were counted. */
  async saveObjects(id: string, objects: Omit<Usage, 'bytes'>, activity: number): Promise<void> {
    await this.source.query(
      `update database set relations = $2, functions = $3, large_objects = $4,
         counted_at = now(), counted_activity = $5 where id = $1`,
      [id, objects.relations, objects.functions, objects.largeObjects, activity],
    );
  }

  /**
   * Past a limit a database takes only what makes it no larger; below it, everything again, once no
   * undone write is left to be cleared away. Written only where something changes, as gateways hear
   * of it. Answers whether it did.
   */
  async saveLevel(id: string, level: StorageLevel): Promise<boolean> {
    const [rows] = await this.source.query<[unknown[], number]>(
      `update database set storage_level = $2, state = wanted.state,
         state_changed_at = case when database.state = wanted.state then state_changed_at else now() end
       from (select id, case
               when state = 'ready' and $2 = 'full' then 'read_only'
               when state = 'read_only' and $2 <> 'full' and not writes_locked then 'ready'
               else state end as state
             from database where id = $1 for update) as wanted
       where database.id = wanted.id
         and (database.state <> wanted.state or storage_level <> $2)
       returning database.id`,
      [id, level],
    );
    return rows.length > 0;
  }
}

function measuredDatabase(row: Row): MeasuredDatabase {
  return {
    id: row.id,
    physicalName: row.physical_name,
    family: row.family,
    state: row.state,
    level: row.storage_level,
    writesLocked: row.writes_locked,
    rewriting: row.rewriting,
    used: {
      bytes: Number(row.size_bytes),
      relations: row.relations,
      functions: row.functions,
      largeObjects: row.large_objects,
    },
    limits: {
      bytes: Number(row.size_bytes_max),
      relations: row.relations_max,
      functions: row.functions_max,
      largeObjects: row.large_objects_max,
    },
    measuredAt: row.measured_at,
    measuredActivity: row.measured_activity === null ? null : Number(row.measured_activity),
    countedActivity: row.counted_activity === null ? null : Number(row.counted_activity),
    countedAt: row.counted_at,
  };
}
