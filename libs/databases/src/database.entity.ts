import type { DatabaseState } from '@howdah/contracts';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number';

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

  /** Why the last attempt to make it failed, for its owner to read. */
  @Column('text', { nullable: true })
  failure!: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'state_changed_at' })
  stateChangedAt!: Date;
}
