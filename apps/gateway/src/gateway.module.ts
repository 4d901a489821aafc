import { DATABASES_ENTITIES, DatabasesModule } from '@howdah/databases';
import { HttpModule } from '@howdah/http';
import { IDENTITY_ENTITIES, IdentityModule } from '@howdah/identity';
import { Clock, SystemClock } from '@howdah/kernel';
import { PersistenceModule } from '@howdah/persistence';
import { QueueModule } from '@howdah/queue';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DatabaseAccessGuard } from './access/database-access.guard';
import { ManagementLimitGuard } from './access/management-limit.guard';
import { AccountsController } from './accounts/accounts.controller';
import { SignInLimitGuard } from './accounts/sign-in-limit.guard';
import { CreationLimitGuard } from './databases/creation-limit.guard';
import { DatabasesController } from './databases/databases.controller';
import { KeysController } from './databases/keys.controller';
import { RequestDatabase } from './databases/request-database.service';
import type { GatewayEnv } from './env';
import { GATEWAY_ENV } from './gateway-env.token';
import { GatewayReadiness } from './gateway.readiness';
import { OperatorDatabasesController } from './operator/operator-databases.controller';
import { OperatorGuard } from './operator/operator.guard';
import { ComputeBudget } from './sql/compute-budget.service';
import { Offences } from './sql/offences.service';
import { RequestBudget } from './sql/request-budget.service';
import { RunSql } from './sql/run-sql.service';
import { SqlController } from './sql/sql.controller';
import { sqlRunner } from './sql/sql-runner.provider';

/** One database and one person, over HTTP. */
@Global()
@Module({})
export class GatewayModule {
  static forRoot(env: GatewayEnv): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        HttpModule.forRoot({ processName: 'gateway', readiness: GatewayReadiness }),
        PersistenceModule.forRoot({
          url: env.DATABASE_URL,
          entities: [...IDENTITY_ENTITIES, ...DATABASES_ENTITIES],
          applicationName: 'howdah-gateway',
        }),
        QueueModule.forRoot({ databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL }),
        IdentityModule.forRoot({
          signUpsPerAddressAndHour: env.SIGN_UPS_PER_ADDRESS_AND_HOUR,
          signInsPerAddressAndQuarterHour: env.SIGN_INS_PER_ADDRESS_AND_QUARTER_HOUR,
        }),
        DatabasesModule,
      ],
      controllers: [
        AccountsController,
        DatabasesController,
        KeysController,
        OperatorDatabasesController,
        SqlController,
      ],
      providers: [
        { provide: GATEWAY_ENV, useValue: env },
        { provide: Clock, useClass: SystemClock },
        ComputeBudget,
        CreationLimitGuard,
        DatabaseAccessGuard,
        ManagementLimitGuard,
        Offences,
        OperatorGuard,
        RequestBudget,
        RequestDatabase,
        RunSql,
        SignInLimitGuard,
        sqlRunner,
      ],
      exports: [Clock],
    };
  }
}
