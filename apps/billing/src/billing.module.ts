import { HttpModule, Readiness } from '@howdah/http';
import { DataSource, PersistenceModule } from '@howdah/persistence';
import { type DynamicModule, Inject, Injectable, Module } from '@nestjs/common';
import type { BillingEnv } from './env';

@Injectable()
class BillingReadiness extends Readiness {
  constructor(@Inject(DataSource) private readonly source: DataSource) {
    super();
  }

  override async check(): Promise<void> {
    await this.source.query('select 1');
  }
}

/** The process that will own apps and money. So far it is alive and says so. */
@Module({})
export class BillingModule {
  static forRoot(env: BillingEnv): DynamicModule {
    return {
      module: BillingModule,
      imports: [
        HttpModule.forRoot({ processName: 'billing', readiness: BillingReadiness }),
        PersistenceModule.forRoot({
          url: env.DATABASE_URL,
          entities: [],
          applicationName: 'howdah-billing',
        }),
      ],
    };
  }
}
