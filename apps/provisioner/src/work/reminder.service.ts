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

  /** Of those on the clusters that this worker can reach; whoever waits for a place has none yet. */
  async remind(clusterIds: string[]): Promise<void> {
    const before = new Date(this.clock.now().getTime() - this.env.STUCK_AFTER_MS);
    for (const [job, states] of STUCK) {
      await this.remindOf(job, await this.upkeep.stuck(clusterIds, states, before));
    }
    await this.remindOf('apply', await this.upkeep.unapplied(clusterIds));
    await this.remindOf('vacuum', await this.upkeep.locked(clusterIds, before));
    await this.remindOf('reclaim', await this.upkeep.unreclaimed(clusterIds, before));
    await this.giveUp(clusterIds);
  }

  private async remindOf(job: QueueName, databases: readonly { id: string }[]): Promise<void> {
    for (const { id } of databases) {
      await this.service.remindProvisioner(job, id, this.env.STUCK_AFTER_MS);
    }
  }

  /**
   * So that an owner does not wait for ever. Only what was tried and failed is given up: a request
   * that waited while no worker was there is none the worse for it.
   */
  private async giveUp(clusterIds: string[]): Promise<void> {
    const before = new Date(this.clock.now().getTime() - GIVE_UP_AFTER_MS);
    const stuck = await this.upkeep.stuck(clusterIds, ['requested', 'creating'], before);
    for (const { id, state, failure } of stuck) {
      if (failure !== null) await this.databases.advance(id, [state], 'failed');
    }
  }
}
