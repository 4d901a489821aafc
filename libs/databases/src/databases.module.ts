import { Global, Module } from '@nestjs/common';
import { DatabaseDirectory } from './database-directory.service';
import { DatabaseRepository } from './database.repository';
import { DatabaseService } from './database.service';
import { PlacementRepository } from './placement.repository';
import { SnapshotRepository } from './snapshot.repository';

const PROVIDERS = [
  DatabaseDirectory,
  DatabaseRepository,
  DatabaseService,
  PlacementRepository,
  SnapshotRepository,
];

/** Customers' databases: what they are, where they are, and what their plans allow. */
@Global()
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class DatabasesModule {}
