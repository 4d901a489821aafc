import { Clock } from '@howdah/kernel';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { KeyRepository } from './key.repository';

const WRITE_EVERY_MS = 20_000;

/** When each key was last used: gathered in memory, written together, off the query path. */
@Injectable()
export class KeyUse implements BeforeApplicationShutdown {
  private uses = new Map<string, Date>();
  private readonly timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();

  constructor(
    @Inject(KeyRepository) private readonly keys: KeyRepository,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  record(keyId: string): void {
    if (!this.uses.has(keyId)) this.uses.set(keyId, this.clock.now());
  }

  /** Before the data source is closed with the rest. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  private async write(): Promise<void> {
    if (this.uses.size === 0) return;
    const uses = this.uses;
    this.uses = new Map();
    // A use that could not be written is worth neither a retry nor a failure: the next one tells.
    await this.keys.recordUse(uses).catch(() => {});
  }
}
