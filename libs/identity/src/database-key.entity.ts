import type { KeyClass, KeyRole } from '@howdah/contracts';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A bearer secret for one database. */
@Entity('database_key')
export class DatabaseKeyEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'database_id' })
  databaseId!: string;

  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text')
  role!: KeyRole;

  @Column('text')
  class!: KeyClass;

  @Column('text', { array: true })
  origins!: string[];

  @Column('bytea')
  hash!: Buffer;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}
