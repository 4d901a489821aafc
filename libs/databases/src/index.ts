import { ClusterEntity } from './cluster.entity';
import { DatabaseEntity } from './database.entity';
import { PlanEntity } from './plan.entity';
import { SnapshotEntity } from './snapshot.entity';
import { SpareDatabaseEntity } from './spare-database.entity';

export { DatabaseDirectory } from './database-directory.service';
export type { DatabaseEntity } from './database.entity';
export { DatabaseRepository } from './database.repository';
export type { DatabasePlace, DatabaseRoute, PlanLimits } from './database-route';
export { DatabaseService } from './database.service';
export { DatabasesModule } from './databases.module';
export { placementOf } from './placement-of';
export { PlacementRepository, type Placement } from './placement.repository';
export type { SnapshotEntity } from './snapshot.entity';
export { SnapshotRepository } from './snapshot.repository';
export { storageLevel, type Usage } from './storage-level';
export { StorageService } from './storage.service';
export { SUSPENSION, SuspensionService } from './suspension.service';
export {
  appliedOpen,
  type BackendLimits,
  type Unapplied,
  UpkeepRepository,
} from './upkeep.repository';
export { type MeasuredDatabase, UsageRepository } from './usage.repository';
export { viewDatabase } from './view-database';

export const DATABASES_ENTITIES = [
  ClusterEntity,
  DatabaseEntity,
  PlanEntity,
  SnapshotEntity,
  SpareDatabaseEntity,
];
