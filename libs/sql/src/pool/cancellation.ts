/** Tells a running request that its caller has gone. Lighter than an AbortController, one a request. */
export class Cancellation {
  cancelled = false;
  private listener: (() => void) | null = null;

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.listener?.();
  }

  /** One listener at a time: a request is at one stage only. */
  listen(listener: (() => void) | null): void {
    this.listener = listener;
    if (this.cancelled) listener?.();
  }
}
