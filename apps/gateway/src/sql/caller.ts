import { Cancellation } from '@howdah/sql';
import type { FastifyReply } from 'fastify';

/** Who waits for an answer, until it was taken or given up. */
export class Caller {
  /** Cancels the statement in Postgres as soon as nobody waits for its answer any more. */
  readonly cancellation = new Cancellation();
  private onServed: (() => void) | null = null;

  constructor({ raw }: FastifyReply) {
    raw.once('close', () => {
      if (!raw.writableFinished) this.cancellation.cancel();
      this.onServed?.();
    });
  }

  /**
   * Calls back once, when the last byte has left this process or the caller has left. An answer that
   * nobody reads is held in memory until then.
   */
  whenServed(listener: () => void): void {
    this.onServed = listener;
  }
}
