import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Drop } from './drop.service';
import type { ProvisionerEnv } from './env';
import { PROVISIONER_ENV } from './provisioner-env.token';
import { Reminder } from './reminder.service';
import { RowLock } from './row-lock.service';
import { WarmPool } from './warm-pool.service';

/** Looks, again and again, for what no job is bringing on: the rows are the truth, not the queue. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('sweeper');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private stopped = false;

  constructor(
    @Inject(Reminder) private readonly reminder: Reminder,
    @Inject(Drop) private readonly drop: Drop,
    @Inject(WarmPool) private readonly pool: WarmPool,
    @Inject(RowLock) private readonly lock: RowLock,
    @Inject(PROVISIONER_ENV) private readonly env: ProvisionerEnv,
  ) {}

  onApplicationBootstrap(): void {
    this.soon(0);
  }

  /** A place of the warm pool was taken: make another without waiting for the next round. */
  poolWasUsed(): void {
    this.soon(0);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  private soon(delayMs: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.round(), delayMs);
  }

  private async round(): Promise<void> {
    this.sweeping ??= this.sweep().finally(() => {
      this.sweeping = undefined;
      this.soon(this.env.SWEEP_EVERY_MS);
    });
    await this.sweeping;
  }

  /** One part that fails does not keep the others from their work. */
  private async sweep(): Promise<void> {
    const parts = [
      () => this.pool.fill(this.stopRequested),
      () => this.reminder.remind(),
      () => this.lock.hold('expired-snapshots', () => this.drop.expire()),
    ];
    for (const part of parts) {
      await part().catch((error: Error) => this.logger.error(error.message, error.stack));
    }
  }

  private readonly stopRequested = (): boolean => this.stopped;
}
