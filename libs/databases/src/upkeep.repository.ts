import type { DatabaseState } from '@howdah/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, LessThan } from 'typeorm';
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

/** `applied` of a database that was just made for this plan. */
export const appliedOpen = (planId: string): string => `open ${planId}`;

/** What the provisioner looks after: rows that are not yet what they should be. */
@Injectable()
export class UpkeepRepository {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  /** Databases that have been on their way for longer than they should. */
  stuck(states: DatabaseState[], before: Date): Promise<DatabaseEntity[]> {
    return this.source.getRepository(DatabaseEntity).find({
      where: { state: In(states), stateChangedAt: LessThan(before) },
      order: { stateChangedAt: 'ASC' },
      take: 500,
    });
  }

  /** Those whose suspension or plan changed since their cluster was last told; one, or all there are. */
  unapplied(id?: string): Promise<Unapplied[]> {
    return this.source.query<Unapplied[]>(
      `select d.id, d.cluster_id as "clusterId", d.physical_name as "physicalName", d.family,
         p.concurrency_max as "concurrencyMax", ${WANTED} as wanted,
         d.state = 'suspended' and d.suspension is not null as closed,
         d.state = 'suspended' and d.suspension is null as lifted, d.applied is null as first
       from database d join plan p on p.id = d.plan_id
       where d.state in ('ready', 'read_only', 'suspended') and ($1::text is null or d.id = $1)
         and (d.applied is distinct from ${WANTED}
           or (d.state = 'suspended' and d.suspension is null))
       limit 500`,
      [id ?? null],
    );
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

  /** Those with a reclaim that nobody has brought to its end. */
  async unreclaimed(before: Date): Promise<string[]> {
    const rows = await this.source.query<{ id: string }[]>(
      `select id from database
       where reclaim is not null and reclaim_asked_at < $1 and state in ('ready', 'read_only')
       order by reclaim_asked_at limit 500`,
      [before],
    );
    return rows.map(({ id }) => id);
  }
}
