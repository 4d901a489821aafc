const MB = 1024 * 1024;
/** What a request may make this process read for nothing: each is 10 to 30 ms of it, as measured. */
const BYTES_MAX = 16 * MB;
const MESSAGES_MAX = 10_000;

export const DISCARD_LIMITS = { bytes: BYTES_MAX, messages: MESSAGES_MAX } as const;

/** What came in one request that no answer can hold: notices, reports of settings, rows past a limit. */
export class DiscardBudget {
  private bytes = 0;
  private messages = 0;

  begin(): void {
    this.bytes = 0;
    this.messages = 0;
  }

  /** Counts a message, or a part of a long one; answers whether that was too much. */
  exceededBy(bytes: number): boolean {
    this.bytes += bytes;
    this.messages++;
    return this.bytes > BYTES_MAX || this.messages > MESSAGES_MAX;
  }
}
