import { encodingChanged } from '../errors/request-error';
import { statementError } from '../errors/statement-error';
import { messageKind } from '../wire/message-kind';
import { readError } from '../wire/read-error';
import type { Slot } from '../wire/slot';

const CLIENT_ENCODING = Buffer.from('client_encoding\0');
const UTF8 = 'UTF8';
const DESCRIPTION_BYTES_MAX = 1024 * 1024;

/** When the request began and how long it may take, in milliseconds. */
export interface RequestClock {
  readonly startedAt: number;
  readonly limitMs: number;
}

/**
 * The statements that were sent and are not answered yet, the slots their answers go to, and who
 * waits for the end. A connection has one, for one pipeline at a time.
 */
export class Pipeline {
  /** The first that went wrong; the statements after it are skipped. */
  failure: Error | null = null;
  /** Whether the end is Sync's ReadyForQuery, or the last slot's completion. */
  untilReady = false;
  private slots: readonly Slot[] = [];
  private slotAt = 0;
  private hasRows = false;
  private resolve: (() => void) | null = null;
  private reject: ((error: Error) => void) | null = null;

  /** A new request: nothing of its rows has been seen. */
  begin(): void {
    this.hasRows = false;
  }

  expect(slots: readonly Slot[], untilReady: boolean): Promise<void> {
    this.slots = slots;
    this.slotAt = 0;
    this.untilReady = untilReady;
    this.failure = null;
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** How many bytes of a long message are wanted. */
  wants(kind: number, length: number): number {
    if (kind === messageKind.dataRow) return this.slots[this.slotAt]?.wantsRow(length) ?? 0;
    return kind === messageKind.rowDescription && length <= DESCRIPTION_BYTES_MAX ? length : 0;
  }

  /** Takes a message that is part of a statement's answer; any other is left, and answered false. */
  answer(kind: number, bytes: Buffer, start: number, end: number): boolean {
    switch (kind) {
      case messageKind.dataRow:
        this.slots[this.slotAt]?.row(bytes, start, end);
        return true;
      case messageKind.rowDescription:
        this.hasRows = true;
        this.slots[this.slotAt]?.columns(bytes, start, end);
        return true;
      case messageKind.commandComplete:
        this.complete(bytes.toString('latin1', start, end - 1));
        return true;
      case messageKind.portalSuspended:
        this.complete(null);
        return true;
      case messageKind.emptyQuery:
        this.complete('');
        return true;
      default:
        return false;
    }
  }

  /** Takes an ErrorResponse; answers whether it ends the connection. */
  fail(bytes: Buffer, start: number, end: number, { startedAt, limitMs }: RequestClock): boolean {
    const elapsedMs = performance.now() - startedAt;
    const error = readError(bytes, start, end);
    this.failure ??= statementError(error, { limitMs, elapsedMs }, this.slots[this.slotAt]);
    const fatal = error.severity === 'FATAL' || error.severity === 'PANIC';
    if (fatal || !this.untilReady) this.settle(this.failure);
    return fatal;
  }

  /**
   * Told before ReadyForQuery, so a request with rows fails, as they may be in another encoding
   * and be valid UTF-8 all the same. The clean-up sets it back.
   */
  parameter(bytes: Buffer, start: number, end: number): void {
    if (!this.hasRows) return;
    const valueAt = start + CLIENT_ENCODING.length;
    if (!bytes.subarray(start, valueAt).equals(CLIENT_ENCODING)) return;
    if (bytes.toString('latin1', valueAt, end - 1) === UTF8) return;
    this.failure ??= encodingChanged();
    if (!this.untilReady) this.settle(this.failure);
  }

  /** All statements ended well and are kept. */
  committed(): void {
    for (const slot of this.slots) slot.committed();
  }

  /** Tells who waits, once. */
  settle(failure: Error | null): void {
    const { resolve, reject } = this;
    this.resolve = null;
    this.reject = null;
    if (failure) reject?.(failure);
    else resolve?.();
  }

  /** Lets go of what the request held. */
  clear(): void {
    this.slots = [];
    this.failure = null;
  }

  private complete(tag: string | null): void {
    this.slots[this.slotAt]?.complete(tag);
    this.slotAt++;
    if (!this.untilReady && this.slotAt === this.slots.length) this.settle(null);
  }
}
