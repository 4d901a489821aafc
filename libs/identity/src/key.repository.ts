import type { CreateKey, KeyView, NewKeyView } from '@howdah/contracts';
import { newId } from '@howdah/kernel';
import type { Tx } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { DatabaseKeyEntity } from './database-key.entity';
import { newToken } from './token';

@Injectable()
export class KeyRepository {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  /** The answer holds the secret, which is not seen again. */
  async insert(tx: Tx, databaseId: string, key: CreateKey, now: Date): Promise<NewKeyView> {
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
