import { CreateDatabase, type DatabaseView, type NewDatabaseView } from '@howdah/contracts';
import { DatabaseService, StorageService, viewDatabase } from '@howdah/databases';
import { SchemaPipe } from '@howdah/http';
import { AccountGuard, type AccountPrincipal } from '@howdah/identity';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { Access, type DatabaseAccess, needAdmin, needOwner } from '../access/database-access';
import { DatabaseAccessGuard } from '../access/database-access.guard';
import { ManagementLimitGuard } from '../access/management-limit.guard';
import type { GatewayEnv } from '../env';
import { GATEWAY_ENV } from '../gateway-env.token';
import { CreationLimitGuard } from './creation-limit.guard';
import { RequestDatabase } from './request-database.service';

@Controller('v1/databases')
export class DatabasesController {
  constructor(
    @Inject(DatabaseService) private readonly databases: DatabaseService,
    @Inject(StorageService) private readonly storage: StorageService,
    @Inject(RequestDatabase) private readonly requestDatabase: RequestDatabase,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  @Post()
  @HttpCode(202)
  @UseGuards(AccountGuard, CreationLimitGuard)
  create(
    @Req() { user }: { user: AccountPrincipal },
    @Body(new SchemaPipe(CreateDatabase.prefault({}))) wanted: CreateDatabase,
  ): Promise<NewDatabaseView> {
    return this.requestDatabase.run(user.accountId, wanted);
  }

  @Get()
  @UseGuards(AccountGuard, ManagementLimitGuard)
  async list(@Req() { user }: { user: AccountPrincipal }): Promise<{ databases: DatabaseView[] }> {
    const rows = await this.databases.list(user.accountId);
    return { databases: rows.map(([row, plan]) => viewDatabase(row, plan, this.env.PUBLIC_URL)) };
  }

  @Get(':databaseId')
  @UseGuards(DatabaseAccessGuard, ManagementLimitGuard)
  async read(@Access() access: DatabaseAccess): Promise<{ database: DatabaseView }> {
    const [row, plan] = await this.databases.get(access.route.id);
    return { database: viewDatabase(row, plan, this.env.PUBLIC_URL) };
  }

  @Delete(':databaseId')
  @HttpCode(202)
  @UseGuards(DatabaseAccessGuard, ManagementLimitGuard)
  async delete(@Access() access: DatabaseAccess): Promise<{ database: DatabaseView }> {
    needOwner(access);
    const [row, plan] = await this.databases.delete(access.route.id);
    return { database: viewDatabase(row, plan, this.env.PUBLIC_URL) };
  }

  /** Writes its tables anew, each locked while that lasts, so that what rows have left is given back. */
  @Post(':databaseId/reclaim')
  @HttpCode(202)
  @UseGuards(DatabaseAccessGuard, ManagementLimitGuard)
  async reclaim(@Access() access: DatabaseAccess): Promise<{ database: DatabaseView }> {
    needAdmin(access);
    await this.storage.reclaim(access.route.id);
    return this.read(access);
  }
}
