import { type Process, processKey } from './since';

/**
 * Tells of each process once, without waiting for whoever is told: the looks that find it go on
 * meanwhile. What could not be told is told at the next look that still finds the process.
 */
export class ToldOnce<P extends Process> {
  private told = new Set<string>();

  constructor(private readonly failed: (error: Error) => void) {}

  /** `found`: all there are at this look; of others it is forgotten that they were told of. */
  tell(found: readonly P[], event: (process: P) => Promise<void>): void {
    const before = this.told;
    this.told = new Set(found.map(processKey));
    for (const process of found) {
      const key = processKey(process);
      if (before.has(key)) continue;
      event(process).catch((error: Error) => {
        this.told.delete(key);
        this.failed(error);
      });
    }
  }
}
