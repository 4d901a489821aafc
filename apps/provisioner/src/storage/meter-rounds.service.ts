import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import type { ProvisionerEnv } from '../env';
import { PROVISIONER_ENV } from '../provisioner-env.token';
import { Rounds } from '../rounds';
import { RowLock } from '../row-lock.service';
import { Meter } from './meter.service';

/** Each cluster is measured by one worker at a time; a reclaim measures its database in between. */
@Injectable()
export class MeterRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('meter');
  private readonly rounds: Rounds;

  constructor(
    @Inject(Meter) private readonly meter: Meter,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(RowLock) private readonly lock: RowLock,
    @Inject(PROVISIONER_ENV) env: ProvisionerEnv,
  ) {
    this.rounds = new Rounds(() => this.round(), env.METER_EVERY_MS);
  }

  onApplicationBootstrap(): void {
    this.rounds.soon();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  /** A cluster that is away keeps no other from being measured. */
  private async round(): Promise<void> {
    for (const id of this.clusters.ids) {
      await this.lock
        .hold(`meter:${id}`, () => this.meter.measureCluster(id))
        .catch((error: Error) => this.logger.warn(`Cluster ${id}: ${error.message}`));
    }
  }
}
