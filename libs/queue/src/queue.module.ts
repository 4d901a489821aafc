import { DataSource } from '@howdah/persistence';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { createQueueBackend, type QueueOptions } from './backend';
import { Queues } from './queues';
import { RateLimits } from './rate-limits';

/** What copies of a process share besides rows: queues and counters, on Redis or on Postgres. */
@Global()
@Module({})
export class QueueModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(Queues) private readonly queues: Queues,
    @Inject(RateLimits) private readonly rateLimits: RateLimits,
  ) {}

  static forRoot(options: QueueOptions): DynamicModule {
    return {
      module: QueueModule,
      providers: [
        { provide: Queues, useFactory: () => new Queues(createQueueBackend(options)) },
        {
          provide: RateLimits,
          inject: [DataSource],
          useFactory: (source: DataSource) => new RateLimits(source, options.redisUrl),
        },
      ],
      exports: [Queues, RateLimits],
    };
  }

  /** Jobs end while everything they need is still open. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.queues.stopWorking();
  }

  /** Requests under way may still enqueue until the server is closed, so this comes after it. */
  async onApplicationShutdown(): Promise<void> {
    await this.queues.close();
    this.rateLimits.close();
  }
}
