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
import { RowLock } from '../row-lock.service';
import { Drop } from './drop.service';

/**
 * Snapshots whose days are over are dropped apart from all else: DROP DATABASE waits for every
 * backend of its cluster to look up from its work, and one that never does must keep nobody from
 * getting a database.
 */
@Injectable()
export class ExpiryRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('expiry');
  private readonly rounds: Rounds;

  constructor(
    @Inject(Drop) private readonly drop: Drop,
    @Inject(RowLock) private readonly lock: RowLock,
    @Inject(PROVISIONER_ENV) env: ProvisionerEnv,
  ) {
    this.rounds = new Rounds(() => this.round(), env.SWEEP_EVERY_MS);
  }

  onApplicationBootstrap(): void {
    this.rounds.soon();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(): Promise<void> {
    await this.lock
      .hold('expired-snapshots', () => this.drop.expire())
      .catch((error: Error) => this.logger.error(error.message, error.stack));
  }
}
