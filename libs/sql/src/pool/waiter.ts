import type { Connection } from './connection';
import type { RolePool } from './database-pool';
import type { Cancellation } from './cancellation';
import { cancelled } from '../errors/request-error';
import { connectError, connectionsBusy } from '../errors/connect-error';

/** A login that takes longer meets a server that is away, rather than one with much to do. */
const UNANSWERED_MS = 1_000;

/** A request that waits for a connection: in the queue, or while one is opened for it. */
export class Waiter {
  readonly connection: Promise<Connection>;
  /** When its login was refused first, of `performance.now()`: healing was asked for then. */
  healingSince: number | null = null;
  /** When its login began, of `performance.now()`; null while it is in line or waits to try again. */
  openingSince: number | null = null;
  /** Its number in the line. */
  arrival = 0;
  settled = false;
  private readonly timer: NodeJS.Timeout;
  private resolve!: (connection: Connection) => void;
  private reject!: (error: Error) => void;

  constructor(
    readonly pool: RolePool,
    waitMs: number,
    private readonly cancellation: Cancellation | undefined,
    private readonly onAbandoned: (waiter: Waiter) => void,
  ) {
    this.connection = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.timer = setTimeout(() => this.abandon(this.lateError()), waitMs);
    cancellation?.listen(() => this.abandon(cancelled()));
  }

  give(connection: Connection): void {
    this.settle();
    this.resolve(connection);
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.settle();
    this.reject(error);
  }

  private abandon(error: Error): void {
    this.fail(error);
    this.onAbandoned(this);
  }

  private lateError(): Error {
    const unanswered =
      this.openingSince !== null && performance.now() - this.openingSince > UNANSWERED_MS;
    return unanswered ? connectError(new Error('no answer in time')) : connectionsBusy();
  }

  private settle(): void {
    this.settled = true;
    clearTimeout(this.timer);
    this.cancellation?.listen(null);
  }
}
