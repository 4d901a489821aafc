import {
  DatabaseId,
  DatabasesInState,
  type DatabaseView,
  SuspendDatabase,
} from '@howdah/contracts';
import { DatabaseService, SuspensionService, viewDatabase } from '@howdah/databases';
import { SchemaPipe } from '@howdah/http';
import { AppError } from '@howdah/kernel';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import type { GatewayEnv } from '../env';
import { GATEWAY_ENV } from '../gateway-env.token';
import { OperatorGuard } from './operator.guard';

/** Any customer's database, for who runs this Howdah. */
@Controller('v1/operator/databases')
@UseGuards(OperatorGuard)
export class OperatorDatabasesController {
  constructor(
    @Inject(DatabaseService) private readonly databases: DatabaseService,
    @Inject(SuspensionService) private readonly suspensions: SuspensionService,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  /** The 500 that came to this state last. */
  @Get()
  async list(
    @Query(new SchemaPipe(DatabasesInState)) { state }: DatabasesInState,
  ): Promise<{ databases: DatabaseView[] }> {
    const rows = await this.databases.inState(state);
    return { databases: rows.map(([row, plan]) => viewDatabase(row, plan, this.env.PUBLIC_URL)) };
  }

  @Post(':databaseId/suspend')
  @HttpCode(202)
  async suspend(
    @Param('databaseId') databaseId: string,
    @Body(new SchemaPipe(SuspendDatabase)) { reason }: SuspendDatabase,
  ): Promise<{ database: DatabaseView }> {
    checkId(databaseId);
    await this.suspensions.suspend(databaseId, reason);
    return this.view(databaseId);
  }

  @Post(':databaseId/lift')
  @HttpCode(202)
  async lift(@Param('databaseId') databaseId: string): Promise<{ database: DatabaseView }> {
    checkId(databaseId);
    await this.suspensions.lift(databaseId);
    return this.view(databaseId);
  }

  private async view(id: string): Promise<{ database: DatabaseView }> {
    const [row, plan] = await this.databases.get(id);
    return { database: viewDatabase(row, plan, this.env.PUBLIC_URL) };
  }
}

/** What is no id is not looked for: it may hold what Postgres refuses. */
function checkId(id: string): void {
  if (DatabaseId.safeParse(id).success) return;
  throw new AppError('not_found', 'There is no such database.');
}
