import { Column, Entity, PrimaryColumn } from 'typeorm';

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
}
