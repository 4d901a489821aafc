import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A person. */
@Entity('account')
export class AccountEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  email!: string;

  /** Argon2id, in the PHC string format. */
  @Column('text', { name: 'password_hash' })
  passwordHash!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
