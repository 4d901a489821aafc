import { Column, Entity, PrimaryColumn } from 'typeorm';

export type ClusterTier = 'hardened' | 'managed';

/** A Postgres server that holds customers' databases, as gateways reach it. */
@Entity('cluster')
export class ClusterEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  host!: string;

  @Column('integer')
  port!: number;

  /** No new database is placed on a cluster that holds this many. */
  @Column('integer', { name: 'databases_max' })
  databasesMax!: number;

  @Column('boolean', { name: 'accepts_new' })
  acceptsNew!: boolean;

  /** `hardened` where a provisioner found every defence, else `managed`. */
  @Column('text')
  tier!: ClusterTier;

  /** What it found missing, for the operator. */
  @Column('text', { array: true })
  findings!: string[];
}
