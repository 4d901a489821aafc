import type { DatabaseState, QueueName } from '@howdah/contracts';
import { DatabaseRepository, DatabaseService } from '@howdah/databases';
import { Clock } from '@howdah/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { ProvisionerEnv } from './env';
import { PROVISIONER_ENV } from './provisioner-env.token';

const STUCK: [QueueName, DatabaseState[]][] = [
  ['provision', ['requested', 'creating']],
  ['drop', ['deleting']],
];

/** Brings databases that have not moved for a while to a worker's notice again. */
@Injectable()
export class Reminder {
  constructor(
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(DatabaseService) private readonly service: DatabaseService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(PROVISIONER_ENV) private readonly env: ProvisionerEnv,
  ) {}

  async remind(): Promise<void> {
    const { STUCK_AFTER_MS } = this.env;
    const before = new Date(this.clock.now().getTime() - STUCK_AFTER_MS);
    for (const [job, states] of STUCK) {
      for (const { id } of await this.databases.stuck(states, before)) {
        await this.service.remindProvisioner(job, id, STUCK_AFTER_MS);
      }
    }
  }
}
