import type { Socket } from 'node:net';
import { copyNotSupported, transactionControl } from '../plan/refuse-keywords';
import type { TypeCatalog } from '../render/type-catalog';
import { JsonBuffer } from '../render/json-buffer';
import { encodingChanged } from '../execute/outcome';
import { connectionLost, statementError } from '../execute/statement-error';
import { UNDO_AND_CLEAN, UNDO_IMPLICIT_AND_CLEAN, UNDO_READIES } from '../wire/clean-up';
import { TERMINATE } from '../wire/frontend-writer';
import { MessageFramer, type MessageReceiver } from '../wire/message-framer';
import { messageKind, transactionStatus } from '../wire/message-kind';
import { readError } from '../wire/read-error';
import type { Slot } from '../wire/slot';
import type { Backend } from './backend';
import type { Watchdog } from './watchdog';

export interface ConnectionOwner {
  readonly types: TypeCatalog;
  /** The connection is as new, and may serve the next request. */
  connectionClean(connection: Connection): void;
  connectionClosed(connection: Connection): void;
}

/** `opening` never shows here: a connection exists once Postgres has let it in. */
type State = 'ready' | 'busy' | 'cleaning' | 'closing' | 'closed';

const CLEANING_MS = 1_000;
const GOODBYE_MS = 1_000;
const ERROR_BYTES_MAX = 64 * 1024;
const DESCRIPTION_BYTES_MAX = 1024 * 1024;

const CLIENT_ENCODING = 'client_encoding\0';
const UTF8 = 'UTF8\0';

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
  private slots: readonly Slot[] = [];
  private slotAt = 0;
  private untilReady = false;
  private failure: Error | null = null;
  private inTransaction = false;
  private readiesLeft = 0;
  private doomed = false;
  private hasRows = false;
  private resolve: (() => void) | null = null;
  private reject: ((error: Error) => void) | null = null;
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
    this.hasRows = false;
    this.watchdog.arm(this, limitMs);
  }

  /**
   * Sends statements followed by Flush; resolves when each slot is complete. After an error the
   * pipeline must be given up with `undo`.
   */
  exchange(bytes: Buffer, slots: readonly Slot[]): Promise<void> {
    return this.send(bytes, slots, false);
  }

  /**
   * Sends the statements of a read-only transaction followed by `COMMIT_AND_CLEAN`; resolves when
   * they have ended, for there is nothing to commit.
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

  /** Gives up an `exchange`: what its statements did is rolled back. */
  undo(insideBegin: boolean): void {
    if (this.state !== 'busy') return;
    if (this.doomed) return this.close();
    this.clean(UNDO_READIES);
    const skipping = this.failure !== null || insideBegin;
    this.socket.write(skipping ? UNDO_AND_CLEAN : UNDO_IMPLICIT_AND_CLEAN);
  }

  /** Rejects whoever waits. The connection is not used again: a late cancel could hit the next request. */
  interrupt(error: Error): void {
    this.doomed = true;
    this.failure ??= error;
    this.onInterrupt?.();
    this.settle(error);
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

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Says goodbye; a server that does not hang up in return is hung up on. */
  close(): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    this.state = 'closing';
    this.socket.end(TERMINATE);
    setTimeout(() => this.destroy(), GOODBYE_MS).unref();
  }

  destroy(): void {
    this.socket.destroy();
  }

  wants(kind: number, length: number): number {
    if (kind === messageKind.error) return Math.min(length, ERROR_BYTES_MAX);
    if (this.state !== 'busy' || this.doomed) return 0;
    if (kind === messageKind.rowDescription && length <= DESCRIPTION_BYTES_MAX) return length;
    if (kind === messageKind.dataRow) return this.slots[this.slotAt]?.wantsRow(length) ?? 0;
    return 0;
  }

  message(kind: number, bytes: Buffer, start: number, end: number): void {
    if (this.state !== 'busy' || this.doomed) return this.leftover(kind, bytes[start]!);
    switch (kind) {
      case messageKind.dataRow:
        return this.slots[this.slotAt]?.row(bytes, start, end);
      case messageKind.rowDescription:
        this.hasRows = true;
        return this.slots[this.slotAt]?.columns(bytes, start, end);
      case messageKind.commandComplete:
        return this.complete(bytes.toString('latin1', start, end - 1));
      case messageKind.portalSuspended:
        return this.complete(null);
      case messageKind.emptyQuery:
        return this.complete('');
      case messageKind.error:
        return this.fail(bytes, start, end);
      case messageKind.ready:
        return this.ready(bytes[start]!);
      case messageKind.copyIn:
      case messageKind.copyOut:
      case messageKind.copyBoth:
        this.interrupt(copyNotSupported());
        return this.destroy();
      case messageKind.parameterStatus:
        return this.checkEncoding(bytes.toString('latin1', start, end));
    }
  }

  private send(bytes: Buffer, slots: readonly Slot[], untilReady: boolean): Promise<void> {
    this.slots = slots;
    this.slotAt = 0;
    this.untilReady = untilReady;
    return new Promise((resolve, reject) => {
      if (this.state === 'closing' || this.state === 'closed' || this.doomed) {
        return reject(this.failure ?? connectionLost());
      }
      this.state = 'busy';
      this.failure = null;
      this.resolve = resolve;
      this.reject = reject;
      this.socket.write(bytes);
    });
  }

  private receive(chunk: Buffer): void {
    try {
      this.framer.push(chunk);
    } catch (error) {
      this.interrupt(error as Error);
      this.destroy();
    }
  }

  private complete(tag: string | null): void {
    this.slots[this.slotAt]?.complete(tag);
    this.slotAt++;
    if (!this.untilReady && this.slotAt === this.slots.length) this.settle(null);
  }

  private fail(bytes: Buffer, start: number, end: number): void {
    const elapsedMs = performance.now() - this.startedAt;
    const error = readError(bytes, start, end);
    const failed = this.slots[this.slotAt];
    this.failure ??= statementError(error, { limitMs: this.limitMs, elapsedMs }, failed);
    const fatal = error.severity === 'FATAL' || error.severity === 'PANIC';
    if (fatal) this.doomed = true;
    if (fatal || !this.untilReady) this.settle(this.failure);
  }

  private ready(status: number): void {
    if (this.endedWell(status)) {
      if (!this.failure) for (const slot of this.slots) slot.committed();
      this.clean(this.inTransaction ? 2 : 1);
      return this.settle(this.failure);
    }
    this.interrupt(this.failure ?? transactionControl(this.inTransaction ? 'COMMIT' : 'BEGIN'));
    this.close();
  }

  /**
   * Told before ReadyForQuery, so a request with rows fails, as they may be in another encoding
   * and be valid UTF-8 all the same. The clean-up sets it back.
   */
  private checkEncoding(parameter: string): void {
    if (!parameter.startsWith(CLIENT_ENCODING) || parameter.endsWith(`\0${UTF8}`)) return;
    if (!this.hasRows) return;
    this.failure ??= encodingChanged();
    if (!this.untilReady) this.settle(this.failure);
  }

  private endedWell(status: number): boolean {
    if (!this.inTransaction) return status === transactionStatus.idle;
    return status === (this.failure ? transactionStatus.failed : transactionStatus.open);
  }

  private settle(failure: Error | null): void {
    const { resolve, reject } = this;
    this.resolve = null;
    this.reject = null;
    if (failure) reject?.(failure);
    else resolve?.();
  }

  private clean(readies: number): void {
    this.state = 'cleaning';
    this.readiesLeft = readies;
    this.deadline = performance.now() + CLEANING_MS;
  }

  /** What arrives outside a request: the clean-up's answers, news of a server shutting down. */
  private leftover(kind: number, status: number): void {
    if (kind === messageKind.error || (kind === messageKind.ready && this.doomed))
      return this.close();
    if (kind !== messageKind.ready || this.state !== 'cleaning') return;
    if (--this.readiesLeft > 0) return;
    if (status !== transactionStatus.idle) return this.close();
    this.state = 'ready';
    this.slots = [];
    this.failure = null;
    this.watchdog.disarm(this);
    this.cleanListener?.();
    this.cleanListener = null;
    if (!this.held) this.owner.connectionClean(this);
  }

  private onClose(): void {
    this.state = 'closed';
    this.watchdog.disarm(this);
    this.settle(this.failure ?? connectionLost());
    this.cleanListener?.();
    this.owner.connectionClosed(this);
  }
}
