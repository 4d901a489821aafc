import type { DatabaseView, StorageView, SuspensionView } from '@howdah/contracts';
import type { DatabaseEntity } from './database.entity';
import { writeModeOf } from './database-route';
import type { PlanEntity } from './plan.entity';

/** A database as its owner sees it; `publicUrl` is the gateway's, without a slash at its end. */
export function viewDatabase(
  database: DatabaseEntity,
  plan: PlanEntity,
  publicUrl: string,
): DatabaseView {
  return {
    id: database.id,
    name: database.name,
    url: `${publicUrl}/v1/databases/${database.id}`,
    state: database.state,
    failure: database.failure,
    plan: plan.id,
    limits: {
      statementMs: plan.statementMs,
      rows: plan.rowsMax,
      bytes: plan.sizeBytesMax,
      computeMsPerMinute: plan.computeMsPerMinute,
    },
    sizeBytes: database.sizeBytes,
    storage: viewStorage(database, plan),
    suspension: viewSuspension(database),
    parentId: database.parentId,
    appId: database.appId,
    createdAt: database.createdAt.toISOString(),
  };
}

function viewStorage(database: DatabaseEntity, plan: PlanEntity): StorageView {
  return {
    level: database.storageLevel,
    usedBytes: database.sizeBytes,
    limitBytes: plan.sizeBytesMax,
    writes: writeModeOf(database),
    objects: {
      relations: { used: database.relations, limit: plan.relationsMax },
      functions: { used: database.functions, limit: plan.functionsMax },
      largeObjects: { used: database.largeObjects, limit: plan.largeObjectsMax },
    },
    measuredAt: database.measuredAt?.toISOString() ?? null,
    reclaiming: database.reclaim !== null,
  };
}

function viewSuspension({ suspension, suspendedAt }: DatabaseEntity): SuspensionView | null {
  return suspension !== null && suspendedAt
    ? { reason: suspension, at: suspendedAt.toISOString() }
    : null;
}
