/** Says of each key whether it is its turn: at first, and then once in a time. */
export class Pace {
  private readonly turns = new Map<string, number>();

  constructor(
    private readonly everyMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether it is; then this was it. */
  isTurn(key: string): boolean {
    const now = this.now();
    if (now - (this.turns.get(key) ?? -Infinity) < this.everyMs) return false;
    this.turns.set(key, now);
    return true;
  }
}
