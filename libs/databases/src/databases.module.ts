import { Global, Module } from '@nestjs/common';
import { DatabaseDirectory } from './database-directory.service';
import { DatabaseRepository } from './database.repository';
import { DatabaseService } from './database.service';
import { PlacementRepository } from './placement.repository';
import { SnapshotRepository } from './snapshot.repository';
import { StorageService } from './storage.service';
import { SuspensionService } from './suspension.service';
import { UpkeepRepository } from './upkeep.repository';
import { UsageRepository } from './usage.repository';

const PROVIDERS = [
  DatabaseDirectory,
  DatabaseRepository,
  DatabaseService,
  PlacementRepository,
  SnapshotRepository,
  StorageService,
  SuspensionService,
  UpkeepRepository,
  UsageRepository,
];

/** Customers' databases: what they are, where they are, and what their plans allow. */
@Global()
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class DatabasesModule {}
