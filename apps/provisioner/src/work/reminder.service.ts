import type { DatabaseState, QueueName } from '@howdah/contracts';
import { DatabaseRepository, DatabaseService, UpkeepRepository } from '@howdah/databases';
import { Clock } from '@howdah/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { ProvisionerEnv } from '../env';
import { PROVISIONER_ENV } from '../provisioner-env.token';

const STUCK: [QueueName, DatabaseState[]][] = [
  ['provision', ['requested', 'creating']],
  ['drop', ['deleting']],
];

const GIVE_UP_AFTER_MS = 15 * 60_000;

/** Brings databases that have not moved for a while to a worker's notice again. */
@Injectable()
export class Reminder {
  constructor(
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(UpkeepRepository) private readonly upkeep: UpkeepRepository,
    @Inject(DatabaseService) private readonly service: DatabaseService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(PROVISIONER_ENV) private readonly env: ProvisionerEnv,
  ) {}

  async remind(): Promise<void> {
    const { STUCK_AFTER_MS } = this.env;
    const before = new Date(this.clock.now().getTime() - STUCK_AFTER_MS);
    for (const [job, states] of STUCK) {
      for (const { id } of await this.upkeep.stuck(states, before)) {
        await this.service.remindProvisioner(job, id, STUCK_AFTER_MS);
      }
    }
    for (const { id } of await this.upkeep.unapplied()) {
      await this.service.remindProvisioner('apply', id, STUCK_AFTER_MS);
    }
    for (const id of await this.upkeep.unreclaimed(before)) {
      await this.service.remindProvisioner('reclaim', id, STUCK_AFTER_MS);
    }
    await this.giveUp();
  }

  /**
   * So that an owner does not wait for ever. Only what was tried and failed is given up: a request
   * that waited while no worker was there is none the worse for it.
   */
  private async giveUp(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - GIVE_UP_AFTER_MS);
    for (const { id, state, failure } of await this.upkeep.stuck(
      ['requested', 'creating'],
      before,
    )) {
      if (failure !== null) await this.databases.advance(id, [state], 'failed');
    }
  }
}
