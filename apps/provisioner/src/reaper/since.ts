/** A server process; its start tells a process id from the same id given again later. */
export interface Process {
  pid: number;
  startedAt: string;
}

export const processKey = ({ pid, startedAt }: Process): string => `${pid} ${startedAt}`;

/**
 * Since when something is so of a process, seen by looks that come again and again. What a look
 * does not find any more is forgotten.
 */
export class Since<P extends Process> {
  private seen = new Map<string, number>();

  /** Milliseconds that each of these has been seen for, look by look; 0 for what is new. */
  look(found: readonly P[], nowMs: number): [process: P, forMs: number][] {
    const before = this.seen;
    this.seen = new Map();
    return found.map((process) => {
      const key = processKey(process);
      const firstSeen = before.get(key) ?? nowMs;
      this.seen.set(key, firstSeen);
      return [process, nowMs - firstSeen];
    });
  }
}
