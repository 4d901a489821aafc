import type { DatabaseView } from '@howdah/contracts';
import type { DatabaseEntity } from './database.entity';
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
    limits: { statementMs: plan.statementMs, rows: plan.rowsMax, bytes: plan.sizeBytesMax },
    sizeBytes: database.sizeBytes,
    parentId: database.parentId,
    appId: database.appId,
    createdAt: database.createdAt.toISOString(),
  };
}
