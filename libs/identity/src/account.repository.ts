import { Inject, Injectable } from '@nestjs/common';
import { AppError, newId } from '@howdah/kernel';
import type { Tx } from '@howdah/persistence';
import { DataSource, IsNull, MoreThan, QueryFailedError } from 'typeorm';
import { AccountTokenEntity } from './account-token.entity';
import { AccountEntity } from './account.entity';
import { newToken } from './token';

const TOKEN_DAYS = 90;
const UNIQUE_VIOLATION = '23505';

@Injectable()
export class AccountRepository {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  findByEmail(email: string): Promise<AccountEntity | null> {
    return this.source.getRepository(AccountEntity).findOneBy({ email });
  }

  findById(id: string): Promise<AccountEntity | null> {
    return this.source.getRepository(AccountEntity).findOneBy({ id });
  }

  /** @throws AppError `email_taken` */
  async insert(tx: Tx, account: { email: string; passwordHash: string }): Promise<AccountEntity> {
    const row = tx.create(AccountEntity, { id: newId('acc'), ...account });
    try {
      await tx.insert(AccountEntity, row);
    } catch (error) {
      if ((error as QueryFailedError & { code?: string }).code !== UNIQUE_VIOLATION) throw error;
      throw new AppError('email_taken', 'There is an account with this e-mail address; sign in.');
    }
    return row;
  }

  /** The secret of a new token; it is not seen again. */
  async insertToken(tx: Tx, accountId: string, now: Date): Promise<string> {
    const { secret, hash } = newToken('hdt');
    const expiresAt = new Date(now.getTime() + TOKEN_DAYS * 86_400_000);
    await tx.insert(AccountTokenEntity, { id: newId('tok'), accountId, hash, expiresAt });
    return secret;
  }

  findToken(hash: Buffer, now: Date): Promise<AccountTokenEntity | null> {
    return this.source
      .getRepository(AccountTokenEntity)
      .findOneBy({ hash, revokedAt: IsNull(), expiresAt: MoreThan(now) });
  }
}
