import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ProvisionerEnv } from '../env';
import { PROVISIONER_ENV } from '../provisioner-env.token';
import { Rounds } from '../rounds';
import { ClusterRegistry } from './cluster-registry.service';

const PROBE_EVERY_MS = 600_000;

/** Clusters that were away at the start are made ready, and those that are there are looked at again. */
@Injectable()
export class ClusterRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('clusters');
  private readonly registering: Rounds;
  private readonly probing: Rounds;

  constructor(
    @Inject(ClusterRegistry) clusters: ClusterRegistry,
    @Inject(PROVISIONER_ENV) { SWEEP_EVERY_MS }: ProvisionerEnv,
  ) {
    const failed = (error: Error) => this.logger.error(error.message, error.stack);
    this.registering = new Rounds(() => clusters.registerMissing().catch(failed), SWEEP_EVERY_MS);
    this.probing = new Rounds(() => clusters.probe().catch(failed), PROBE_EVERY_MS);
  }

  onApplicationBootstrap(): void {
    this.registering.soon();
    this.probing.later();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.registering.stop(), this.probing.stop()]);
  }
}
