import type { Jobs, QueueName } from '@howdah/contracts';
import type { FactoryProvider } from '@nestjs/common';
import { Drop } from './drop.service';
import { Heal } from './heal.service';
import { Provision } from './provision.service';

/** What is done about a database, by the queue that the hint came through. Each is idempotent. */
export type JobHandlers = {
  [N in QueueName]: (databaseId: Jobs[N]['databaseId']) => Promise<void>;
};

export const JOB_HANDLERS = Symbol('JobHandlers');

export const jobHandlers: FactoryProvider<JobHandlers> = {
  provide: JOB_HANDLERS,
  inject: [Provision, Drop, Heal],
  useFactory: (provision: Provision, drop: Drop, heal: Heal) => ({
    provision: (databaseId) => provision.run(databaseId),
    drop: (databaseId) => drop.run(databaseId),
    heal: (databaseId) => heal.run(databaseId),
  }),
};
