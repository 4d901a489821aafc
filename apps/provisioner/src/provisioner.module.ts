import { DATABASES_ENTITIES, DatabasesModule } from '@howdah/databases';
import { HttpModule, Readiness } from '@howdah/http';
import { Clock, SystemClock } from '@howdah/kernel';
import { DataSource, PersistenceModule } from '@howdah/persistence';
import { QueueModule, Queues } from '@howdah/queue';
import { type DynamicModule, Global, Inject, Injectable, Module } from '@nestjs/common';
import { ClusterRegistry } from './clusters/cluster-registry.service';
import { ClusterRounds } from './clusters/cluster-rounds.service';
import { Apply } from './lifecycle/apply.service';
import { CreateOnCluster } from './lifecycle/create-on-cluster.service';
import { Drop } from './lifecycle/drop.service';
import type { ProvisionerEnv } from './env';
import { FaultPoint } from './fault-point.service';
import { ExpiryRounds } from './lifecycle/expiry-rounds.service';
import { Heal } from './lifecycle/heal.service';
import { jobHandlers } from './work/job-handlers.provider';
import { Place } from './lifecycle/place.service';
import { Provision } from './lifecycle/provision.service';
import { PROVISIONER_ENV } from './provisioner-env.token';
import { ReaperRounds } from './reaper/reaper-rounds.service';
import { MeterRounds } from './storage/meter-rounds.service';
import { Meter } from './storage/meter.service';
import { ReclaimStorage } from './storage/reclaim.service';
import { RoleSettingsRounds } from './storage/role-settings-rounds.service';
import { ProvisionerProcessor } from './work/provisioner.processor';
import { Reminder } from './work/reminder.service';
import { RowLock } from './row-lock.service';
import { Sweeper } from './work/sweeper.service';
import { WarmPool } from './lifecycle/warm-pool.service';

/** Above the sessions that locks hold, of jobs and rounds, so that none can wait for itself. */
const CONTROL_CONNECTIONS_MAX = 28;

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
          connectionsMax: CONTROL_CONNECTIONS_MAX,
          applicationName: 'howdah-provisioner',
        }),
        QueueModule.forRoot({ databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL }),
        DatabasesModule,
      ],
      providers: [
        { provide: PROVISIONER_ENV, useValue: env },
        { provide: Clock, useClass: SystemClock },
        Apply,
        ClusterRegistry,
        ClusterRounds,
        CreateOnCluster,
        Drop,
        ExpiryRounds,
        FaultPoint,
        Heal,
        Meter,
        MeterRounds,
        Place,
        Provision,
        ProvisionerProcessor,
        ReaperRounds,
        ReclaimStorage,
        Reminder,
        RoleSettingsRounds,
        jobHandlers,
        RowLock,
        Sweeper,
        WarmPool,
      ],
      exports: [Clock, ClusterRegistry],
    };
  }
}
