import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ClusterRegistry } from '../clusters/cluster-registry.service';
import type { ProvisionerEnv } from '../env';
import { WarmPool } from '../lifecycle/warm-pool.service';
import { PROVISIONER_ENV } from '../provisioner-env.token';
import { Rounds } from '../rounds';
import { Reminder } from './reminder.service';

/**
 * Looks, again and again, for what no job is bringing on: the rows are the truth, not the queue.
 * Two rounds that do not wait for each other: CREATE DATABASE may hang, and reminds of nobody.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('sweeper');
  private readonly filling: Rounds;
  private readonly reminding: Rounds;
  private stopped = false;

  constructor(
    @Inject(Reminder) reminder: Reminder,
    @Inject(WarmPool) pool: WarmPool,
    @Inject(ClusterRegistry) clusters: ClusterRegistry,
    @Inject(PROVISIONER_ENV) { SWEEP_EVERY_MS }: ProvisionerEnv,
  ) {
    const failed = (error: Error) => this.logger.error(error.message, error.stack);
    const fill = () => pool.fill(() => this.stopped).catch(failed);
    const remind = () => reminder.remind(clusters.ids).catch(failed);
    this.filling = new Rounds(fill, SWEEP_EVERY_MS);
    this.reminding = new Rounds(remind, SWEEP_EVERY_MS);
  }

  onApplicationBootstrap(): void {
    this.filling.soon();
    this.reminding.soon();
  }

  /** A place of the warm pool was taken: make another without waiting for the next round. */
  poolWasUsed(): void {
    this.filling.soon();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.filling.stop(), this.reminding.stop()]);
  }
}
