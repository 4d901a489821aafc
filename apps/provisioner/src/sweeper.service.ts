import type { DatabaseState, QueueName } from '@howdah/contracts';
import { DatabaseRepository, DatabaseService } from '@howdah/databases';
import { Clock } from '@howdah/kernel';
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
import { RowLock } from './row-lock.service';
import { WarmPool } from './warm-pool.service';

const STUCK: [QueueName, DatabaseState[]][] = [
  ['provision', ['requested', 'creating']],
  ['drop', ['deleting']],
];

/** Looks, again and again, for what no job is bringing on: the rows are the truth, not the queue. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('sweeper');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private stopped = false;

  constructor(
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(DatabaseService) private readonly service: DatabaseService,
    @Inject(Drop) private readonly drop: Drop,
    @Inject(WarmPool) private readonly pool: WarmPool,
    @Inject(RowLock) private readonly lock: RowLock,
    @Inject(Clock) private readonly clock: Clock,
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
      () => this.remindOfStuck(),
      () => this.lock.hold('expired-snapshots', () => this.drop.expire()),
    ];
    for (const part of parts) {
      await part().catch((error: Error) => this.logger.error(error.message, error.stack));
    }
  }

  private readonly stopRequested = (): boolean => this.stopped;

  private async remindOfStuck(): Promise<void> {
    const { STUCK_AFTER_MS } = this.env;
    const before = new Date(this.clock.now().getTime() - STUCK_AFTER_MS);
    for (const [job, states] of STUCK) {
      for (const { id } of await this.databases.stuck(states, before)) {
        await this.service.remindProvisioner(job, id, STUCK_AFTER_MS);
      }
    }
  }
}
