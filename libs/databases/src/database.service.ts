import type { CreateDatabase, DatabaseState, QueueName } from '@howdah/contracts';
import { AppError, Clock } from '@howdah/kernel';
import { type Tx, DataSource } from '@howdah/persistence';
import { Queues } from '@howdah/queue';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { DatabaseEntity } from './database.entity';
import { DatabaseRepository } from './database.repository';
import { PlanEntity } from './plan.entity';

const FIRST_PLAN = 'free';
const DELETABLE: DatabaseState[] = [
  'requested',
  'creating',
  'ready',
  'read_only',
  'suspended',
  'failed',
];

/** What an owner asks of databases. The provisioner does it. */
@Injectable()
export class DatabaseService {
  private readonly logger = new Logger('databases');

  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(Queues) private readonly queues: Queues,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Writes down that a database is wanted; `hintProvisioner` follows after the commit.
   * @throws AppError `database_limit` when the account has all that the plan allows;
   * `database_suspended` while one of its databases is
   */
  async request(tx: Tx, accountId: string, wanted: CreateDatabase): Promise<DatabaseEntity> {
    await this.checkGoodStanding(tx, accountId);
    const plan = await tx.findOneByOrFail(PlanEntity, { id: FIRST_PLAN });
    if (plan.databasesMax !== null) {
      const count = await this.databases.countOf(tx, accountId, plan.id);
      if (count >= plan.databasesMax) {
        throw new AppError(
          'database_limit',
          `The plan ${plan.name} allows ${plan.databasesMax} databases an account, and there are ${count}. Delete one, or put one on a paid plan.`,
          { limit: plan.databasesMax },
        );
      }
    }
    const now = this.clock.now();
    const name = wanted.name ?? 'untitled';
    return this.databases.insert(tx, { accountId, name, planId: plan.id, now });
  }

  /** Deleted ones count: whoever was suspended would delete it and ask for the next. */
  private async checkGoodStanding(tx: Tx, accountId: string): Promise<void> {
    const reason = await this.databases.suspensionOf(tx, accountId);
    if (reason === null) return;
    const message = `A database of this account is suspended, so it gets no other. ${reason}`;
    throw new AppError('database_suspended', message, { reason });
  }

  /** Only a hint: a sweeper finds the row as well, so a queue that is down fails no request. */
  async hintProvisioner(job: QueueName, database: { id: string }): Promise<void> {
    await this.enqueue(job, database.id, database.id);
  }

  /**
   * The same hint, once more in each `periodMs`. It has an id of its own: the job of a worker that
   * died counts as running for a while, and would swallow one of the same id.
   */
  async remindProvisioner(job: QueueName, id: string, periodMs: number): Promise<void> {
    const period = Math.floor(this.clock.now().getTime() / periodMs);
    await this.enqueue(job, `${id}-${period}`, id);
  }

  private async enqueue(job: QueueName, jobId: string, id: string): Promise<void> {
    const databaseId = id as `db_${string}`;
    await this.queues.enqueue(job, jobId, { databaseId }).catch((error: Error) => {
      this.logger.warn(`${job} of ${id} was not enqueued, a sweep will find it: ${error.message}`);
    });
  }

  async list(accountId: string): Promise<[DatabaseEntity, PlanEntity][]> {
    return this.withPlans(await this.databases.listOf(accountId));
  }

  private async withPlans(databases: DatabaseEntity[]): Promise<[DatabaseEntity, PlanEntity][]> {
    const plans = await this.source.getRepository(PlanEntity).find();
    const byId = new Map(plans.map((plan) => [plan.id, plan]));
    return databases.map((database) => [database, byId.get(database.planId)!]);
  }

  /** Anybody's, those that came to this state last. */
  async inState(state: DatabaseState): Promise<[DatabaseEntity, PlanEntity][]> {
    return this.withPlans(await this.databases.inState(state));
  }

  /** @throws AppError `not_found` */
  async get(id: string): Promise<[DatabaseEntity, PlanEntity]> {
    const found = await this.databases.findWithPlan(id);
    if (found && found[0].state !== 'deleted') return found;
    throw new AppError('not_found', 'There is no such database.');
  }

  /** Asked twice, it is the same deletion. @throws AppError `state_conflict` */
  async delete(id: string): Promise<[DatabaseEntity, PlanEntity]> {
    const [database, plan] = await this.get(id);
    const moved = await this.databases.advance(id, DELETABLE, 'deleting');
    if (!moved && database.state !== 'deleting') {
      const { state } = database;
      const message = `A database that is ${state} cannot be deleted now.`;
      throw new AppError('state_conflict', message, { state, retryAfter: 5 });
    }
    await this.hintProvisioner('drop', { id });
    return [{ ...database, state: 'deleting' }, plan];
  }
}
