/** Lets one request at a time in, for each database: in the order they came. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** Answers how to leave again, or null when the turn did not come within `waitMs`. */
  async enter(databaseId: string, waitMs: number): Promise<(() => void) | null> {
    const before = this.last.get(databaseId);
    let end!: () => void;
    const mine = new Promise<void>((resolve) => (end = resolve));
    this.last.set(databaseId, mine);
    const leave = () => {
      end();
      if (this.last.get(databaseId) === mine) this.last.delete(databaseId);
    };
    if (!before || (await within(before, waitMs))) return leave;
    // Whoever stands behind goes on waiting for those before.
    void before.then(leave);
    return null;
  }
}

function within(turn: Promise<void>, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), waitMs);
    void turn.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
