import type { Waiter } from './waiter';

interface Turn {
  readonly accountId: string;
  readonly waiters: readonly Waiter[];
  open: number;
  /** The first of its waiters that was not looked at. */
  next: number;
}

/**
 * Requests that wait for a connection. They are served in the order of how many connections their
 * account has open, fewest first, then first come first served: who has many waits for who has none.
 */
export class WaitingLine {
  length = 0;
  private readonly byAccount = new Map<string, Waiter[]>();
  private arrivals = 0;

  /** `openOf` says how many connections an account has open. */
  constructor(private readonly openOf: (accountId: string) => number) {}

  add(waiter: Waiter): void {
    const { accountId } = waiter.pool.database;
    const waiters = this.byAccount.get(accountId);
    if (waiters) waiters.push(waiter);
    else this.byAccount.set(accountId, [waiter]);
    waiter.arrival = this.arrivals++;
    this.length++;
  }

  /** Answers whether it was in line. */
  remove(waiter: Waiter): boolean {
    const { accountId } = waiter.pool.database;
    const waiters = this.byAccount.get(accountId);
    const at = waiters?.indexOf(waiter) ?? -1;
    if (at < 0) return false;
    waiters!.splice(at, 1);
    if (waiters!.length === 0) this.byAccount.delete(accountId);
    this.length--;
    return true;
  }

  /** Each waiter once, in order. One that is removed by the time of the next counts as served. */
  *inOrder(): Generator<Waiter, void> {
    const turns = this.turns();
    for (let at = 0; at < turns.length;) {
      const turn = turns[at]!;
      const waiter = turn.waiters[turn.next];
      if (waiter === undefined) {
        at++;
        continue;
      }
      yield waiter;
      if (turn.waiters[turn.next] === waiter) turn.next++;
      else this.settle(turns, at);
    }
  }

  private turns(): Turn[] {
    const turns: Turn[] = [];
    for (const [accountId, waiters] of this.byAccount) {
      turns.push({ accountId, waiters, open: this.openOf(accountId), next: 0 });
    }
    return turns.sort(compare);
  }

  /** One of the turn's waiters was served: those with fewer open now come before it. */
  private settle(turns: Turn[], from: number): void {
    const turn = turns[from]!;
    turn.open = this.openOf(turn.accountId);
    let at = from;
    for (; at + 1 < turns.length && turns[at + 1]!.open < turn.open; at++) {
      turns[at] = turns[at + 1]!;
    }
    turns[at] = turn;
  }
}

function compare(a: Turn, b: Turn): number {
  return a.open - b.open || a.waiters[0]!.arrival - b.waiters[0]!.arrival;
}
