/** Does something again and again, a pause after each time; never twice at once. */
export class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  /** `work` must not throw: nobody would hear of it. */
  constructor(
    private readonly work: () => Promise<void>,
    private readonly pauseMs: number,
  ) {}

  /** The next round begins now, or follows the one that is under way after its pause. */
  soon(): void {
    this.after(0);
  }

  /** The first round begins after a pause. */
  later(): void {
    this.after(this.pauseMs);
  }

  /** Resolves when the round under way has ended; none follows. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private after(delayMs: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.round(), delayMs);
  }

  private round(): void {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
      this.after(this.pauseMs);
    });
  }
}
