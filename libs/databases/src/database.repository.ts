import type { DatabaseState } from '@howdah/contracts';
import { newId } from '@howdah/kernel';
import type { Tx } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, Not } from 'typeorm';
import { DatabaseEntity } from './database.entity';
import { PlanEntity } from './plan.entity';

export interface NewDatabase {
  accountId: string;
  name: string;
  planId: string;
  now: Date;
}

type MoveArgs = [
  id: string,
  from: DatabaseState[],
  to: DatabaseState,
  change?: Partial<
    Pick<DatabaseEntity, 'clusterId' | 'physicalName' | 'family' | 'failure' | 'applied'>
  >,
];

@Injectable()
export class DatabaseRepository {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  find(id: string): Promise<DatabaseEntity | null> {
    return this.source.getRepository(DatabaseEntity).findOneBy({ id });
  }

  async findWithPlan(id: string): Promise<[DatabaseEntity, PlanEntity] | null> {
    const database = await this.find(id);
    if (!database) return null;
    const plans = this.source.getRepository(PlanEntity);
    return [database, await plans.findOneByOrFail({ id: database.planId })];
  }

  listOf(accountId: string): Promise<DatabaseEntity[]> {
    return this.source.getRepository(DatabaseEntity).find({
      where: { accountId, state: Not(In(['deleted', 'deleting'])) },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  inState(state: DatabaseState): Promise<DatabaseEntity[]> {
    return this.source.getRepository(DatabaseEntity).find({
      where: { state },
      order: { stateChangedAt: 'DESC' },
      take: 500,
    });
  }

  /** Why the last suspended database of the account was, deleted or not; null without one. */
  async suspensionOf(tx: Tx, accountId: string): Promise<string | null> {
    const database = await tx.findOne(DatabaseEntity, {
      where: { accountId, suspension: Not(IsNull()) },
      order: { suspendedAt: 'DESC' },
    });
    return database?.suspension ?? null;
  }

  /** Counts under a lock on the account, so that two requests at once cannot both be the last. */
  async countOf(tx: Tx, accountId: string, planId: string): Promise<number> {
    await tx.query('select 1 from account where id = $1 for update', [accountId]);
    return tx.countBy(DatabaseEntity, {
      accountId,
      planId,
      state: Not(In(['deleted', 'deleting', 'failed'])),
    });
  }

  async insert(tx: Tx, database: NewDatabase): Promise<DatabaseEntity> {
    const row = tx.create(DatabaseEntity, {
      id: newId('db'),
      accountId: database.accountId,
      name: database.name,
      planId: database.planId,
      state: 'requested',
      parentId: null,
      appId: null,
      clusterId: null,
      physicalName: null,
      family: null,
      sizeBytes: 0,
      relations: 0,
      functions: 0,
      largeObjects: 0,
      measuredAt: null,
      storageLevel: 'ok',
      writesLocked: false,
      reclaim: null,
      suspension: null,
      suspendedAt: null,
      applied: null,
      failure: null,
      createdAt: database.now,
      stateChangedAt: database.now,
    });
    await tx.insert(DatabaseEntity, row);
    return row;
  }

  /**
   * Moves a database to a state, if it is in one of `from`: of two who try, one does.
   * `change` is written with it.
   */
  async move(tx: Tx, ...[id, from, to, change = {}]: MoveArgs): Promise<boolean> {
    const result = await tx.update(
      DatabaseEntity,
      { id, state: In(from) },
      { ...change, state: to, stateChangedAt: () => 'now()' },
    );
    return result.affected === 1;
  }

  /** `move` by itself, when nothing else is written with it. */
  advance(...args: MoveArgs): Promise<boolean> {
    return this.move(this.source.manager, ...args);
  }

  /** Why the last attempt at it failed; its state stays, as it will be tried again. */
  async recordFailure(id: string, failure: string): Promise<void> {
    await this.source.getRepository(DatabaseEntity).update({ id }, { failure });
  }
}
