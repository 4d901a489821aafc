/** Who waits behind so many is turned away. */
const WAITING_MAX = 200;

interface Line {
  last: Promise<unknown>;
  waiting: number;
}

/** One at a time, in lines of their own by a name, in the order they came. */
export class Lines {
  private readonly lines = new Map<string, Line>();

  /** Null when the line is too long. */
  async stand<T>(name: string, work: () => Promise<T>): Promise<{ result: T } | null> {
    const line = this.lines.get(name) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= WAITING_MAX) return null;
    this.lines.set(name, line);
    line.waiting++;
    const mine = line.last.then(work);
    line.last = mine.catch(() => undefined);
    try {
      return { result: await mine };
    } finally {
      line.waiting--;
      if (line.waiting === 0) this.lines.delete(name);
    }
  }
}
