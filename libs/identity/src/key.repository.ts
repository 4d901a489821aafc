import type { CreateKey, KeyView, NewKeyView } from '@howdah/contracts';
import { AppError, newId } from '@howdah/kernel';
import type { Tx } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { DatabaseKeyEntity } from './database-key.entity';
import { newToken } from './token';

const KEYS_MAX = 100;

@Injectable()
export class KeyRepository {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  /**
   * The answer holds the secret, which is not seen again.
   * @throws AppError `key_limit`
   */
  async insert(tx: Tx, databaseId: string, key: CreateKey, now: Date): Promise<NewKeyView> {
    await this.checkRoom(tx, databaseId);
    const { secret, hash } = newToken(`hdk_${key.role}`);
    const row = tx.create(DatabaseKeyEntity, {
      id: newId('key'),
      databaseId,
      name: key.name ?? null,
      role: key.role,
      class: key.class,
      origins: key.class === 'web' ? (key.origins ?? ['*']) : [],
      hash,
      createdAt: now,
      lastUsedAt: null,
      revokedAt: null,
    });
    await tx.insert(DatabaseKeyEntity, row);
    return { ...viewKey(row), secret };
  }

  /** Under a lock on the database, so that of two at once one is the last. */
  private async checkRoom(tx: Tx, databaseId: string): Promise<void> {
    await tx.query('select 1 from database where id = $1 for no key update', [databaseId]);
    const count = await tx.countBy(DatabaseKeyEntity, { databaseId, revokedAt: IsNull() });
    if (count < KEYS_MAX) return;
    const message = `A database has ${KEYS_MAX} keys at most. Revoke one that is not used.`;
    throw new AppError('key_limit', message, { limit: KEYS_MAX });
  }

  async list(databaseId: string): Promise<KeyView[]> {
    const rows = await this.source.getRepository(DatabaseKeyEntity).find({
      where: { databaseId, revokedAt: IsNull() },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    return rows.map(viewKey);
  }

  findByHash(hash: Buffer): Promise<DatabaseKeyEntity | null> {
    return this.source.getRepository(DatabaseKeyEntity).findOneBy({ hash, revokedAt: IsNull() });
  }

  /** Whether there was such a key. Every gateway hears of it by the row's trigger. */
  async revoke(databaseId: string, id: string, now: Date): Promise<boolean> {
    const result = await this.source
      .getRepository(DatabaseKeyEntity)
      .update({ id, databaseId, revokedAt: IsNull() }, { revokedAt: now });
    return result.affected === 1;
  }

  async recordUse(uses: ReadonlyMap<string, Date>): Promise<void> {
    await this.source.query(
      `update database_key as key set last_used_at = greatest(key.last_used_at, used.at)
       from unnest($1::text[], $2::timestamptz[]) as used(id, at) where key.id = used.id`,
      [[...uses.keys()], [...uses.values()]],
    );
  }
}

function viewKey(row: DatabaseKeyEntity): KeyView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    class: row.class,
    origins: row.origins,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
