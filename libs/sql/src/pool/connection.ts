import type { Socket } from 'node:net';
import { answerFlooded, copyNotSupported, transactionControl } from '../errors/request-error';
import { connectionLost } from '../errors/statement-error';
import type { TypeCatalog } from '../render/type-catalog';
import { JsonBuffer } from '../render/json-buffer';
import { UNDO_AND_CLEAN, UNDO_IMPLICIT_AND_CLEAN, UNDO_READIES } from '../wire/clean-up';
import { TERMINATE } from '../wire/frontend-writer';
import { MessageFramer, type MessageReceiver } from '../wire/message-framer';
import { messageKind, transactionStatus } from '../wire/message-kind';
import type { Slot } from '../wire/slot';
import type { Backend } from './backend';
import type { ConnectionOwner } from './connection-owner';
import { DiscardBudget } from './discard-budget';
import { Pipeline } from './pipeline';
import type { Watchdog } from './watchdog';

/** `opening` never shows here: a connection exists once Postgres has let it in. */
type State = 'ready' | 'busy' | 'cleaning' | 'closing' | 'closed';

const CLEANING_MS = 1_000;
const ERROR_BYTES_MAX = 64 * 1024;

/**
 * One connection to a customer database, past authentication. It runs one request at a time: a
 * pipeline of statements whose answers go to slots, then a clean-up that follows in the same
 * socket write. Whoever waits is told as soon as the statements' own end is known; the owner gets
 * the connection back only once the clean-up is proved. Whatever ends unclear is closed.
 */
export class Connection implements MessageReceiver {
  readonly scratch = new JsonBuffer();
  /** Of the watchdog: when it acts next, and how far up its ladder it is. */
  deadline = 0;
  rung = 0;
  /** Keeps the connection with its request after the clean-up, until `release`. */
  held = false;
  idleSince = 0;
  /** Told when the request is stopped from outside, for one that waits for something else. */
  onInterrupt: (() => void) | null = null;
  startedAt = 0;
  limitMs = 0;

  private state: State = 'ready';
  private readonly framer = new MessageFramer(this);
  private readonly pipeline = new Pipeline();
  private inTransaction = false;
  /** ReadyForQuery messages before the pipeline's own, and those of the clean-up. */
  private readiesAhead = 0;
  private readiesLeft = 0;
  private doomed = false;
  /** What still arrives is dropped unread. */
  private deaf = false;
  private readonly discarded = new DiscardBudget();
  private cleanListener: (() => void) | null = null;

  constructor(
    private readonly socket: Socket,
    readonly backend: Backend,
    readonly owner: ConnectionOwner,
    private readonly watchdog: Watchdog,
  ) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => this.onClose());
    socket.resume();
  }

  get open(): boolean {
    return this.state !== 'closed';
  }

  get types(): TypeCatalog {
    return this.owner.types;
  }

  get reusable(): boolean {
    return this.state === 'ready' && !this.doomed && this.socket.writable;
  }

  /** Starts the wall clock of a request; it stops when the connection is clean or closed. */
  begin(limitMs: number): void {
    this.startedAt = performance.now();
    this.limitMs = limitMs;
    this.discarded.begin();
    this.pipeline.begin();
    this.watchdog.arm(this, limitMs);
  }

  /**
   * Sends statements followed by Flush; resolves when each slot is complete. After an error the
   * pipeline must be given up with `undo` or `concludeUndone`.
   */
  exchange(bytes: Buffer, slots: readonly Slot[]): Promise<void> {
    return this.send(bytes, slots, false);
  }

  /**
   * Sends the statements of a read-only transaction followed by `COMMIT_AND_CLEAN` or
   * `ROLLBACK_AND_CLEAN`; resolves when they have ended, for there is nothing to commit.
   */
  concludeReading(bytes: Buffer, slots: readonly Slot[]): Promise<void> {
    this.inTransaction = true;
    return this.send(bytes, slots, true);
  }

  /** Sends statements followed by `END_AND_CLEAN`; resolves when Postgres has committed them. */
  conclude(bytes: Buffer, slots: readonly Slot[]): Promise<void> {
    this.inTransaction = false;
    return this.send(bytes, slots, true);
  }

  /**
   * Gives up an `exchange` inside BEGIN with a last word: sends Sync, then ROLLBACK and statements
   * followed by `END_AND_CLEAN`; resolves when these have ended.
   */
  concludeUndone(bytes: Buffer, slots: readonly Slot[]): Promise<void> {
    if (this.state !== 'busy') return Promise.reject(connectionLost());
    this.readiesAhead = 1;
    return this.conclude(bytes, slots);
  }

  /** Gives up an `exchange`: what its statements did is rolled back. */
  undo(insideBegin: boolean): void {
    if (this.state !== 'busy') return;
    if (this.doomed) return this.close();
    this.clean(UNDO_READIES);
    const skipping = this.pipeline.failure !== null || insideBegin;
    this.socket.write(skipping ? UNDO_AND_CLEAN : UNDO_IMPLICIT_AND_CLEAN);
  }

  /** Rejects whoever waits. The connection is not used again: a late cancel could hit the next request. */
  interrupt(error: Error): void {
    this.doomed = true;
    this.pipeline.failure ??= error;
    this.onInterrupt?.();
    this.pipeline.settle(error);
  }

  /** Resolves when a `held` connection is clean; rejects when it closed instead. */
  whenClean(): Promise<void> {
    return new Promise((resolve, reject) => {
      const tell = () => (this.state === 'ready' ? resolve() : reject(connectionLost()));
      if (this.state === 'busy' || this.state === 'cleaning') this.cleanListener = tell;
      else tell();
    });
  }

  release(): void {
    this.held = false;
    if (this.state === 'ready') this.owner.connectionClean(this);
  }

  /** Whether what the server sends, its goodbye too, is taken from the socket. */
  get isRead(): boolean {
    return !this.socket.isPaused();
  }

  pause(): void {
    if (!this.deaf) this.socket.pause();
  }

  resume(): void {
    if (!this.deaf) this.socket.resume();
  }

  /** Says goodbye. Until the server hangs up in return it may be at work, and the connection counts. */
  close(): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    this.state = 'closing';
    this.socket.end(TERMINATE);
    this.watchdog.expectEnd(this);
  }

  /** Reads on only to see the server hang up. */
  drain(): void {
    this.deaf = true;
    this.socket.resume();
  }

  /** Hangs up, whatever the server is at. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Bytes of the request that came for nothing; past a limit they are not read any more. */
  discard(bytes: number): void {
    if (!this.discarded.exceededBy(bytes) || this.deaf) return;
    const kept = this.pipeline.untilReady
      ? 'whether what it wrote was kept is not known'
      : 'nothing was kept';
    this.abandon(answerFlooded(kept));
  }

  wants(kind: number, length: number): number {
    if (kind === messageKind.error) return Math.min(length, ERROR_BYTES_MAX);
    return this.state === 'busy' && !this.doomed ? this.pipeline.wants(kind, length) : 0;
  }

  message(kind: number, bytes: Buffer, start: number, end: number): void {
    if (this.state !== 'busy' || this.doomed) return this.leftover(kind, bytes, start, end);
    if (this.pipeline.answer(kind, bytes, start, end)) return;
    switch (kind) {
      case messageKind.error:
        if (this.pipeline.fail(bytes, start, end, this)) this.doomed = true;
        return;
      case messageKind.ready:
        return this.ready(bytes[start]!);
      case messageKind.copyIn:
      case messageKind.copyOut:
      case messageKind.copyBoth:
        return this.abandon(copyNotSupported());
      case messageKind.parameterStatus:
        this.pipeline.parameter(bytes, start, end);
        return this.discard(end - start);
      case messageKind.notice:
      case messageKind.notification:
        return this.discard(end - start);
    }
  }

  private send(bytes: Buffer, slots: readonly Slot[], untilReady: boolean): Promise<void> {
    if (this.state === 'closing' || this.state === 'closed' || this.doomed) {
      return Promise.reject(this.pipeline.failure ?? connectionLost());
    }
    this.state = 'busy';
    const answered = this.pipeline.expect(slots, untilReady);
    this.socket.write(bytes);
    return answered;
  }

  private receive(chunk: Buffer): void {
    if (this.deaf) return;
    try {
      this.framer.push(chunk);
    } catch (error) {
      this.abandon(error as Error);
    }
  }

  /** Listens no more: the server is left to block on its writes until the watchdog has ended it. */
  private abandon(error: Error): void {
    this.deaf = true;
    this.socket.pause();
    this.interrupt(error);
    this.watchdog.stop(this, error);
  }

  private ready(status: number): void {
    if (this.readiesAhead > 0) {
      this.readiesAhead--;
      return;
    }
    const { pipeline } = this;
    if (this.endedWell(status)) {
      if (!pipeline.failure) pipeline.committed();
      this.clean(this.inTransaction ? 2 : 1);
      return pipeline.settle(pipeline.failure);
    }
    this.interrupt(pipeline.failure ?? transactionControl(this.inTransaction ? 'COMMIT' : 'BEGIN'));
    this.close();
  }

  private endedWell(status: number): boolean {
    if (!this.inTransaction) return status === transactionStatus.idle;
    return status === (this.pipeline.failure ? transactionStatus.failed : transactionStatus.open);
  }

  private clean(readies: number): void {
    this.state = 'cleaning';
    this.readiesLeft = readies;
    this.deadline = performance.now() + CLEANING_MS;
  }

  /** What arrives outside a request: the clean-up's answers, news of a server shutting down. */
  private leftover(kind: number, bytes: Buffer, start: number, end: number): void {
    if (this.deaf) return;
    if (kind === messageKind.error || (kind === messageKind.ready && this.doomed))
      return this.close();
    if (kind !== messageKind.ready || this.state !== 'cleaning') return this.discard(end - start);
    if (--this.readiesLeft > 0) return;
    if (bytes[start] !== transactionStatus.idle) return this.close();
    this.state = 'ready';
    this.pipeline.clear();
    this.watchdog.disarm(this);
    this.cleanListener?.();
    this.cleanListener = null;
    if (!this.held) this.owner.connectionClean(this);
  }

  private onClose(): void {
    this.state = 'closed';
    this.watchdog.disarm(this);
    this.pipeline.settle(this.pipeline.failure ?? connectionLost());
    this.cleanListener?.();
    this.owner.connectionClosed(this);
  }
}
