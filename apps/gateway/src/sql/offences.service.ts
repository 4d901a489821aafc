import { StorageService, SuspensionService } from '@howdah/databases';
import { Inject, Injectable, Logger } from '@nestjs/common';

/** What the query path saw a database do, and what follows for it in every gateway. Never throws. */
@Injectable()
export class Offences {
  private readonly logger = new Logger('offences');

  constructor(
    @Inject(StorageService) private readonly storage: StorageService,
    @Inject(SuspensionService) private readonly suspensions: SuspensionService,
  ) {}

  /** A write over quota was undone; nothing more is written until its files were cleared. */
  growthUndone(id: string): void {
    this.do(id, 'growth undone', () => this.storage.lockWrites(id));
  }

  /** It grew at COMMIT, after the last look that can be taken before one. */
  gateEvaded(id: string): void {
    this.do(id, 'gate evaded', () => this.suspensions.suspend(id, EVADED));
  }

  /** Its backend goes on though it was terminated. */
  stubborn(id: string): void {
    this.do(id, 'stubborn backend', () => this.suspensions.suspend(id, STUBBORN));
  }

  private do(databaseId: string, offence: string, reaction: () => Promise<unknown>): void {
    this.logger.warn({ databaseId, offence });
    reaction().catch((error: Error) => {
      this.logger.error({ databaseId, offence, error: error.message });
    });
  }
}

const EVADED = 'It is over its limit of storage, and a statement made it grow past the last check.';
const STUBBORN =
  'A statement went on after it was cancelled and its session was ended. Statements of that kind ' +
  'cannot be stopped, and take time from everybody else.';
