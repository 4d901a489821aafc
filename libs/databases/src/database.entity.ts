import type { DatabaseState, StorageLevel } from '@howdah/contracts';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number';

/** `plain` gives back the empty ends of files; `full` writes every table anew, which locks it meanwhile. */
export type Reclaim = 'plain' | 'full';

/** A customer's database. The row is the truth about it; jobs only bring the cluster in line. */
@Entity('database')
export class DatabaseEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'account_id' })
  accountId!: string;

  /** What its owner calls it. */
  @Column('text')
  name!: string;

  @Column('text', { name: 'plan_id' })
  planId!: string;

  @Column('text')
  state!: DatabaseState;

  @Column('text', { name: 'parent_id', nullable: true })
  parentId!: string | null;

  @Column('text', { name: 'app_id', nullable: true })
  appId!: string | null;

  @Column('text', { name: 'cluster_id', nullable: true })
  clusterId!: string | null;

  /** Its name on the cluster, and that of its admin login. */
  @Column('text', { name: 'physical_name', nullable: true })
  physicalName!: string | null;

  @Column('text', { nullable: true })
  family!: string | null;

  @Column('bigint', { name: 'size_bytes', transformer: wholeNumber })
  sizeBytes!: number;

  @Column('integer')
  relations!: number;

  @Column('integer')
  functions!: number;

  @Column('integer', { name: 'large_objects' })
  largeObjects!: number;

  /** When these four were last found to be so. */
  @Column('timestamptz', { name: 'measured_at', nullable: true })
  measuredAt!: Date | null;

  /** Of the fullest of its quotas. */
  @Column('text', { name: 'storage_level' })
  storageLevel!: StorageLevel;

  /** An undone write has left its files longer; nothing is written until a reclaim has run. */
  @Column('boolean', { name: 'writes_locked' })
  writesLocked!: boolean;

  /** A reclaim that was asked for and has not ended. */
  @Column('text', { nullable: true })
  reclaim!: Reclaim | null;

  /** Why it is closed; null in the state `suspended` once that was lifted. */
  @Column('text', { nullable: true })
  suspension!: string | null;

  @Column('timestamptz', { name: 'suspended_at', nullable: true })
  suspendedAt!: Date | null;

  /** What its cluster was last brought in line with; see `wantedOnCluster`. */
  @Column('text', { nullable: true })
  applied!: string | null;

  /** Why the last attempt to make it failed, for its owner to read. */
  @Column('text', { nullable: true })
  failure!: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'state_changed_at' })
  stateChangedAt!: Date;
}
