import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChangeFeed } from './change-feed';
import { dataSourceOptions, type PersistenceOptions } from './data-source';

/** The control plane's database: TypeORM's DataSource, and the feed of changed rows. */
@Global()
@Module({})
export class PersistenceModule implements OnApplicationShutdown {
  constructor(@Inject(ChangeFeed) private readonly feed: ChangeFeed) {}

  static forRoot(options: PersistenceOptions): DynamicModule {
    const feed = {
      provide: ChangeFeed,
      useFactory: async () => {
        const opened = new ChangeFeed(options.url);
        await opened.open();
        return opened;
      },
    };
    return {
      module: PersistenceModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(options),
          retryAttempts: 10,
          retryDelay: 1_000,
        }),
      ],
      providers: [feed],
      exports: [feed],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.feed.close();
  }
}
