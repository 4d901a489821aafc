import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A database made ahead, so that nobody waits for one: a place of the warm pool. */
@Entity('spare_database')
export class SpareDatabaseEntity {
  @PrimaryColumn('text', { name: 'physical_name' })
  physicalName!: string;

  @Column('text', { name: 'cluster_id' })
  clusterId!: string;

  @Column('text')
  family!: string;

  /** False while it is being made; only ready ones are claimed. */
  @Column('boolean')
  ready!: boolean;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
