import {
  appliedOpen,
  type DatabaseEntity,
  DatabaseRepository,
  type Placement,
  placementOf,
} from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { connectionsFor } from './connections-for';
import { CreateOnCluster } from './create-on-cluster.service';
import { Place } from './place.service';

/** `requested → creating → ready`, each state saved before the next step is begun. */
@Injectable()
export class Provision {
  constructor(
    @Inject(DatabaseRepository) private readonly databases: DatabaseRepository,
    @Inject(Place) private readonly place: Place,
    @Inject(CreateOnCluster) private readonly create: CreateOnCluster,
  ) {}

  /** To be run under the database's lock. Does nothing when there is nothing left to do. */
  async run(databaseId: string): Promise<void> {
    try {
      await this.walk(databaseId);
    } catch (error) {
      const reason =
        error instanceof AppError ? error.message : 'Something went wrong on our side.';
      await this.databases.recordFailure(databaseId, reason);
      throw error;
    }
  }

  private async walk(databaseId: string): Promise<void> {
    const found = await this.databases.findWithPlan(databaseId);
    if (!found) return;
    const [database, plan] = found;
    const connectionsMax = connectionsFor(plan);
    if (database.state === 'requested') {
      if (await this.place.onSpare(database, connectionsMax)) return;
      const placement = await this.place.onNewName(database, plan);
      await this.build(database, placement, connectionsMax);
    } else if (database.state === 'creating') {
      const placement = placementOf(database);
      if (placement) await this.build(database, placement, connectionsMax);
    }
  }

  private async build(
    { id, planId }: DatabaseEntity,
    placement: Placement,
    connectionsMax: number,
  ): Promise<void> {
    await this.create.run(placement, connectionsMax);
    const applied = appliedOpen(planId);
    await this.databases.advance(id, ['creating'], 'ready', { failure: null, applied });
  }
}
