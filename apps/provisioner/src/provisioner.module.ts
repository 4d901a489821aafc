import { DATABASES_ENTITIES, DatabasesModule } from '@howdah/databases';
import { HttpModule, Readiness } from '@howdah/http';
import { Clock, SystemClock } from '@howdah/kernel';
import { DataSource, PersistenceModule } from '@howdah/persistence';
import { QueueModule, Queues } from '@howdah/queue';
import { type DynamicModule, Global, Inject, Injectable, Module } from '@nestjs/common';
import { ClusterRegistry } from './cluster-registry.service';
import { CreateOnCluster } from './create-on-cluster.service';
import { Drop } from './drop.service';
import type { ProvisionerEnv } from './env';
import { FaultPoint } from './fault-point.service';
import { Heal } from './heal.service';
import { jobHandlers } from './job-handlers.provider';
import { Place } from './place.service';
import { Provision } from './provision.service';
import { PROVISIONER_ENV } from './provisioner-env.token';
import { ProvisionerProcessor } from './provisioner.processor';
import { Reminder } from './reminder.service';
import { RowLock } from './row-lock.service';
import { Sweeper } from './sweeper.service';
import { WarmPool } from './warm-pool.service';

@Injectable()
class ProvisionerReadiness extends Readiness {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(Queues) private readonly queues: Queues,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
  ) {
    super();
  }

  override async check(): Promise<void> {
    await this.source.query('select 1');
    await this.queues.check();
    if (this.clusters.ids.length === 0) throw new Error('no cluster can be reached');
  }
}

/** The only process with the clusters' admin passwords; it answers to rows and jobs, not to people. */
@Global()
@Module({})
export class ProvisionerModule {
  static forRoot(env: ProvisionerEnv): DynamicModule {
    return {
      module: ProvisionerModule,
      imports: [
        HttpModule.forRoot({ processName: 'provisioner', readiness: ProvisionerReadiness }),
        PersistenceModule.forRoot({
          url: env.DATABASE_URL,
          entities: DATABASES_ENTITIES,
          connectionsMax: 15,
          applicationName: 'howdah-provisioner',
        }),
        QueueModule.forRoot({ databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL }),
        DatabasesModule,
      ],
      providers: [
        { provide: PROVISIONER_ENV, useValue: env },
        { provide: Clock, useClass: SystemClock },
        ClusterRegistry,
        CreateOnCluster,
        Drop,
        FaultPoint,
        Heal,
        Place,
        Provision,
        ProvisionerProcessor,
        Reminder,
        jobHandlers,
        RowLock,
        Sweeper,
        WarmPool,
      ],
      exports: [Clock, ClusterRegistry],
    };
  }
}
