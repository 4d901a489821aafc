import type { QueueName } from '@howdah/contracts';
import type { FactoryProvider } from '@nestjs/common';
import { Apply } from '../lifecycle/apply.service';
import { Drop } from '../lifecycle/drop.service';
import { Heal } from '../lifecycle/heal.service';
import { Provision } from '../lifecycle/provision.service';
import { ReclaimStorage } from '../storage/reclaim.service';

/** What is done about a database, by the queue that the hint came through. Each is idempotent. */
export interface JobHandler {
  /**
   * What one worker at a time does on a database. A long reclaim must not keep a database from
   * being vacuumed, healed, suspended or deleted.
   */
  lock: 'database' | 'vacuum' | 'reclaim';
  /** Jobs at once in this process. Each holds a session of the control plane, for its lock. */
  concurrency: number;
  run(databaseId: string): Promise<void>;
}

export type JobHandlers = Record<QueueName, JobHandler>;

export const JOB_HANDLERS = Symbol('JobHandlers');

export const jobHandlers: FactoryProvider<JobHandlers> = {
  provide: JOB_HANDLERS,
  inject: [Provision, Drop, Heal, Apply, ReclaimStorage],
  useFactory: (
    provision: Provision,
    drop: Drop,
    heal: Heal,
    apply: Apply,
    storage: ReclaimStorage,
  ) => ({
    provision: { lock: 'database', concurrency: 4, run: (id) => provision.run(id) },
    drop: { lock: 'database', concurrency: 4, run: (id) => drop.run(id) },
    heal: { lock: 'database', concurrency: 4, run: (id) => heal.run(id) },
    apply: { lock: 'database', concurrency: 2, run: (id) => apply.run(id) },
    vacuum: { lock: 'vacuum', concurrency: 4, run: (id) => storage.vacuum(id) },
    reclaim: { lock: 'reclaim', concurrency: 2, run: (id) => storage.reclaim(id) },
  }),
};
