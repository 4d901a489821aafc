import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ProvisionerEnv } from '../env';
import { WarmPool } from '../lifecycle/warm-pool.service';
import { PROVISIONER_ENV } from '../provisioner-env.token';
import { Rounds } from '../rounds';
import { Reminder } from './reminder.service';

/** Looks, again and again, for what no job is bringing on: the rows are the truth, not the queue. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('sweeper');
  private readonly rounds: Rounds;
  private stopped = false;

  constructor(
    @Inject(Reminder) private readonly reminder: Reminder,
    @Inject(WarmPool) private readonly pool: WarmPool,
    @Inject(PROVISIONER_ENV) env: ProvisionerEnv,
  ) {
    this.rounds = new Rounds(() => this.sweep(), env.SWEEP_EVERY_MS);
  }

  onApplicationBootstrap(): void {
    this.rounds.soon();
  }

  /** A place of the warm pool was taken: make another without waiting for the next round. */
  poolWasUsed(): void {
    this.rounds.soon();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.rounds.stop();
  }

  /** One part that fails does not keep the others from their work. */
  private async sweep(): Promise<void> {
    const parts = [() => this.pool.fill(() => this.stopped), () => this.reminder.remind()];
    for (const part of parts) {
      await part().catch((error: Error) => this.logger.error(error.message, error.stack));
    }
  }
}
