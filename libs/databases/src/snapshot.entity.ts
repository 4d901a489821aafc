import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A database that takes no connections and is kept for a time. */
@Entity('snapshot')
export class SnapshotEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'database_id' })
  databaseId!: string;

  @Column('text', { name: 'cluster_id' })
  clusterId!: string;

  @Column('text', { name: 'physical_name' })
  physicalName!: string;

  @Column('text')
  family!: string;

  @Column('text')
  cause!: 'deletion';

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
