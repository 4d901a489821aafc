/** Counts how often something befell each, within a time that ends now. */
export class TimesWithin {
  private readonly times = new Map<string, number[]>();

  constructor(private readonly windowMs: number) {}

  /** Once more, at `now` in milliseconds; returns how often by now. */
  count(key: string, now: number): number {
    this.forget(now);
    const times = [...(this.times.get(key) ?? []), now];
    this.times.set(key, times);
    return times.length;
  }

  private forget(now: number): void {
    for (const [key, times] of this.times) {
      const recent = times.filter((time) => now - time < this.windowMs);
      if (recent.length > 0) this.times.set(key, recent);
      else this.times.delete(key);
    }
  }
}
