import type { Socket } from 'node:net';
import { Cancellation } from '@howdah/sql';
import type { FastifyReply } from 'fastify';

/** Those who wait on one connection; an answer that stands in line behind others hears of its end by this alone. */
const waiting = new WeakMap<Socket, Set<Caller>>();

/** Who waits for an answer, until it was taken or given up. */
export class Caller {
  /** Cancels the statement in Postgres as soon as nobody waits for its answer any more. */
  readonly cancellation = new Cancellation();
  private served = false;
  private onServed: (() => void) | null = null;

  constructor({ raw, request }: FastifyReply) {
    const { socket } = request.raw;
    if (socket.destroyed) {
      this.leave(false);
      return;
    }
    const callers = callersOn(socket).add(this);
    raw.once('close', () => {
      callers.delete(this);
      this.leave(raw.writableFinished);
    });
  }

  /**
   * Calls back once, when the last byte has left this process or the caller has left; at once where
   * that is so already. An answer that nobody reads is held in memory until then.
   */
  whenServed(listener: () => void): void {
    if (this.served) listener();
    else this.onServed = listener;
  }

  leave(hasAnswer: boolean): void {
    if (this.served) return;
    this.served = true;
    if (!hasAnswer) this.cancellation.cancel();
    this.onServed?.();
  }
}

function callersOn(socket: Socket): Set<Caller> {
  const known = waiting.get(socket);
  if (known) return known;
  const callers = new Set<Caller>();
  waiting.set(socket, callers);
  socket.once('close', () => {
    for (const caller of callers) caller.leave(false);
    callers.clear();
  });
  return callers;
}
