import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number';

/** What a database may do, and what that costs a month. */
@Entity('plan')
export class PlanEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('integer', { name: 'statement_ms' })
  statementMs!: number;

  @Column('integer', { name: 'rows_max' })
  rowsMax!: number;

  @Column('bigint', { name: 'size_bytes_max', transformer: wholeNumber })
  sizeBytesMax!: number;

  @Column('integer', { name: 'response_bytes_max' })
  responseBytesMax!: number;

  @Column('integer', { name: 'concurrency_max' })
  concurrencyMax!: number;

  @Column('integer', { name: 'requests_per_minute' })
  requestsPerMinute!: number;

  /** Wall time of all statements that begin in a minute. */
  @Column('integer', { name: 'compute_ms_per_minute' })
  computeMsPerMinute!: number;

  /** Tables, indexes, views and sequences together. */
  @Column('integer', { name: 'relations_max' })
  relationsMax!: number;

  @Column('integer', { name: 'functions_max' })
  functionsMax!: number;

  @Column('integer', { name: 'large_objects_max' })
  largeObjectsMax!: number;

  /** Whether its databases are placed only where a provisioner found every defence. */
  @Column('boolean', { name: 'needs_hardened' })
  needsHardened!: boolean;

  @Column('boolean')
  streaming!: boolean;

  @Column('integer', { name: 'databases_max', nullable: true })
  databasesMax!: number | null;
}
