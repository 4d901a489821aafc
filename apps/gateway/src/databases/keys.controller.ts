import { DataSource, transaction } from '@howdah/persistence';
import { CreateKey, KeyId, type KeyView, type NewKeyView } from '@howdah/contracts';
import { SchemaPipe } from '@howdah/http';
import { KeyRepository } from '@howdah/identity';
import { AppError, Clock } from '@howdah/kernel';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import { Access, type DatabaseAccess, needAdmin } from '../access/database-access';
import { DatabaseAccessGuard } from '../access/database-access.guard';
import { ManagementLimitGuard } from '../access/management-limit.guard';

@Controller('v1/databases/:databaseId/keys')
@UseGuards(DatabaseAccessGuard, ManagementLimitGuard)
export class KeysController {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(KeyRepository) private readonly keys: KeyRepository,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Post()
  async create(
    @Access() access: DatabaseAccess,
    @Body(new SchemaPipe(CreateKey)) wanted: CreateKey,
  ): Promise<{ key: NewKeyView }> {
    needAdmin(access);
    const now = this.clock.now();
    const key = await transaction(this.source, (tx) =>
      this.keys.insert(tx, access.route.id, wanted, now),
    );
    return { key };
  }

  @Get()
  async list(@Access() access: DatabaseAccess): Promise<{ keys: KeyView[] }> {
    needAdmin(access);
    return { keys: await this.keys.list(access.route.id) };
  }

  @Delete(':keyId')
  @HttpCode(204)
  async revoke(@Access() access: DatabaseAccess, @Param('keyId') keyId: string): Promise<void> {
    needAdmin(access);
    const isId = KeyId.safeParse(keyId).success;
    if (isId && (await this.keys.revoke(access.route.id, keyId, this.clock.now()))) return;
    throw new AppError('not_found', 'This database has no such key.');
  }
}
