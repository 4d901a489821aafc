import type { ServerResponse } from 'node:http';

/** Smaller ones fit what the kernel buffers; watching them would cost more than they hold. */
const WATCHED_BYTES = 64 * 1024;
/** All that wait in this process for callers who do not read. */
const BYTES_MAX = 256 * 1024 * 1024;
/** A caller has this long, and more for each byte: a slow telephone reads 10 MB in a minute and a half. */
const PATIENCE_MS = 10_000;
const BYTES_A_MS = 128;
const LOOK_EVERY_MS = 1_000;

interface Unread {
  owner: string;
  bytes: number;
  givenUpAt: number;
}

/**
 * Answers that were handed to their sockets and not taken yet. A caller who asks and never reads
 * would keep each in memory for ever; here the connection is closed instead.
 */
export class UnreadAnswers {
  private readonly unread = new Map<ServerResponse, Unread>();
  private readonly bytesOf = new Map<string, number>();
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bytesMax = BYTES_MAX,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** To be called once the whole answer, of so many bytes, was handed over. `owner`: an account. */
  watch(response: ServerResponse, bytes: number, owner: string): void {
    if (bytes < WATCHED_BYTES || response.writableFinished || response.destroyed) return;
    const givenUpAt = performance.now() + this.patienceMs + bytes / BYTES_A_MS;
    this.unread.set(response, { owner, bytes, givenUpAt });
    this.add(owner, bytes);
    response.once('close', () => this.forget(response));
    this.makeRoom();
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** Whose answers hold most goes first, the oldest of them: many callers of one are not many people. */
  private makeRoom(): void {
    while (this.bytes > this.bytesMax) {
      const [owner] = [...this.bytesOf].reduce((most, other) =>
        other[1] > most[1] ? other : most,
      );
      for (const [response, unread] of this.unread) {
        if (unread.owner !== owner) continue;
        this.giveUp(response);
        break;
      }
    }
  }

  private look(): void {
    const now = performance.now();
    for (const [response, { givenUpAt }] of this.unread) {
      if (givenUpAt <= now) this.giveUp(response);
    }
    if (this.unread.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private giveUp(response: ServerResponse): void {
    this.forget(response);
    response.destroy();
  }

  private forget(response: ServerResponse): void {
    const unread = this.unread.get(response);
    if (!unread) return;
    this.unread.delete(response);
    this.add(unread.owner, -unread.bytes);
  }

  private add(owner: string, bytes: number): void {
    this.bytes += bytes;
    const all = (this.bytesOf.get(owner) ?? 0) + bytes;
    if (all > 0) this.bytesOf.set(owner, all);
    else this.bytesOf.delete(owner);
  }
}
