import type { DatabaseState } from '@howdah/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThan } from 'typeorm';
import { DatabaseEntity } from './database.entity';

/** A database that its cluster does not follow yet. */
export interface Unapplied {
  id: string;
  clusterId: string;
  physicalName: string;
  family: string;
  concurrencyMax: number;
  /** Its logins stay closed. */
  closed: boolean;
  /** Its cluster was told nothing yet: it was made before there was anything to tell. */
  first: boolean;
  /** A lifted suspension: to be opened in the control plane too. */
  lifted: boolean;
  /** To be written down once it is so. */
  wanted: string;
}

/** What a backend on the cluster is measured by. */
export interface BackendLimits {
  id: string;
  physicalName: string;
  state: DatabaseState;
  statementMs: number;
}

/** What the cluster is to be brought in line with, as `applied` keeps it: logins and plan. */
const WANTED = `
  case when d.state = 'suspended' and d.suspension is not null then 'closed ' else 'open ' end || d.plan_id`;

const UNAPPLIED = `
  select d.id, d.cluster_id as "clusterId", d.physical_name as "physicalName", d.family,
    p.concurrency_max as "concurrencyMax", ${WANTED} as wanted,
    d.state = 'suspended' and d.suspension is not null as closed,
    d.state = 'suspended' and d.suspension is null as lifted, d.applied is null as first
  from database d join plan p on p.id = d.plan_id
  where d.state in ('ready', 'read_only', 'suspended')
    and (d.applied is distinct from ${WANTED} or (d.state = 'suspended' and d.suspension is null))`;

/** What is looked after in one round; the oldest, so that each has its turn. */
const ROWS_MAX = 500;

/** `applied` of a database that was just made for this plan. */
export const appliedOpen = (planId: string): string => `open ${planId}`;

/** What the provisioner looks after: rows that are not yet what they should be. */
@Injectable()
export class UpkeepRepository {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  /** Databases that have been on their way for longer than they should, wherever or without a place. */
  stuck(clusterIds: string[], states: DatabaseState[], before: Date): Promise<DatabaseEntity[]> {
    const stuck = { state: In(states), stateChangedAt: LessThan(before) };
    return this.source.getRepository(DatabaseEntity).find({
      where: [
        { ...stuck, clusterId: IsNull() },
        { ...stuck, clusterId: In(clusterIds) },
      ],
      order: { stateChangedAt: 'ASC' },
      take: ROWS_MAX,
    });
  }

  /** Those whose suspension or plan changed since their cluster was last told. */
  unapplied(clusterIds: string[]): Promise<Unapplied[]> {
    return this.source.query<Unapplied[]>(
      `${UNAPPLIED} and d.cluster_id = any($1) order by d.state_changed_at limit ${ROWS_MAX}`,
      [clusterIds],
    );
  }

  /** The same of one; null where its cluster follows it. */
  async unappliedOf(id: string): Promise<Unapplied | null> {
    const [change] = await this.source.query<Unapplied[]>(`${UNAPPLIED} and d.id = $1`, [id]);
    return change ?? null;
  }

  async recordApplied(id: string, applied: string): Promise<void> {
    await this.source.getRepository(DatabaseEntity).update({ id }, { applied });
  }

  /** By their names on a cluster. */
  limitsOf(clusterId: string, physicalNames: string[]): Promise<BackendLimits[]> {
    return this.source.query<BackendLimits[]>(
      `select d.id, d.physical_name as "physicalName", d.state,
         p.statement_ms as "statementMs"
       from database d join plan p on p.id = d.plan_id
       where d.cluster_id = $1 and d.physical_name = any($2)`,
      [clusterId, physicalNames],
    );
  }

  /** Those whose writes were locked before and that nobody has vacuumed. */
  locked(clusterIds: string[], before: Date): Promise<{ id: string }[]> {
    return this.source.query<{ id: string }[]>(
      `select id from database
       where writes_locked and writes_locked_at < $2
         and state in ('ready', 'read_only') and cluster_id = any($1)
       order by writes_locked_at limit ${ROWS_MAX}`,
      [clusterIds, before],
    );
  }

  /** Those with a reclaim that nobody has brought to its end. */
  unreclaimed(clusterIds: string[], before: Date): Promise<{ id: string }[]> {
    return this.source.query<{ id: string }[]>(
      `select id from database
       where reclaim = 'full' and reclaim_asked_at < $2
         and state in ('ready', 'read_only') and cluster_id = any($1)
       order by reclaim_asked_at limit ${ROWS_MAX}`,
      [clusterIds, before],
    );
  }
}
