import { StorageService, SUSPENSION, SuspensionService } from '@howdah/databases';
import { Inject, Injectable, Logger } from '@nestjs/common';

/** What the query path saw a database do, and what follows for it in every gateway. */
@Injectable()
export class Offences {
  private readonly logger = new Logger('offences');

  constructor(
    @Inject(StorageService) private readonly storage: StorageService,
    @Inject(SuspensionService) private readonly suspensions: SuspensionService,
  ) {}

  /** A write over quota was undone; nothing more is written until its files were cleared. */
  growthUndone(id: string): void {
    this.react(id, 'growth undone', () => this.storage.lockWrites(id)).catch(() => undefined);
  }

  /** It grew at COMMIT, after the last look that can be taken before one. */
  gateEvaded(id: string): void {
    const react = () => this.suspensions.suspend(id, SUSPENSION.gateEvaded);
    this.react(id, 'gate evaded', react).catch(() => undefined);
  }

  /** Its backend goes on though it was terminated. Rejects when that could not be written down. */
  stubborn(id: string): Promise<void> {
    const react = () => this.suspensions.suspendWithNeighbours(id, SUSPENSION.stubborn);
    return this.react(id, 'stubborn backend', react);
  }

  private async react(
    databaseId: string,
    offence: string,
    reaction: () => Promise<unknown>,
  ): Promise<void> {
    this.logger.warn({ databaseId, offence });
    try {
      await reaction();
    } catch (error) {
      this.logger.error({ databaseId, offence, error: (error as Error).message });
      throw error;
    }
  }
}
