import type { CreateDatabase, NewDatabaseView } from '@howdah/contracts';
import { DatabaseService, viewDatabase } from '@howdah/databases';
import { KeyRepository } from '@howdah/identity';
import { Clock } from '@howdah/kernel';
import { DataSource, transaction } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_ENV } from '../gateway-env.token';
import type { GatewayEnv } from '../env';

/** A database and its first key, in one transaction; the provisioner hears of it after the commit. */
@Injectable()
export class RequestDatabase {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(DatabaseService) private readonly databases: DatabaseService,
    @Inject(KeyRepository) private readonly keys: KeyRepository,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  async run(accountId: string, wanted: CreateDatabase): Promise<NewDatabaseView> {
    const [row, key] = await transaction(this.source, async (tx) => {
      const database = await this.databases.request(tx, accountId, wanted);
      const first = {
        role: 'admin' as const,
        class: 'web' as const,
        origins: wanted.origins,
        name: 'first key',
      };
      return [database, await this.keys.insert(tx, database.id, first, this.clock.now())] as const;
    });
    await this.databases.hintProvisioner('provision', row);
    const [database, plan] = await this.databases.get(row.id);
    return { database: viewDatabase(database, plan, this.env.PUBLIC_URL), key };
  }
}
