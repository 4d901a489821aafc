import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { KeyRole } from '@howdah/contracts';
import type { DatabaseRoute } from '@howdah/databases';
import { vi } from 'vitest';
import type { Cancellation } from './cancellation';
import type { Connection } from './connection';
import { ConnectionPools, type PoolOptions } from './connection-pools';
import type { Watchdog } from './watchdog';

/** A socket that goes nowhere; `end` hangs up a moment later, as a server would. */
export class DeadEndSocket extends EventEmitter {
  writable = true;
  write(): void {}
  resume(): void {}
  end(): void {
    if (!this.writable) return;
    this.writable = false;
    queueMicrotask(() => this.emit('close'));
  }
  destroy(): void {
    this.end();
  }
}

const watchdog = {
  arm: () => undefined,
  disarm: () => undefined,
  expectEnd: () => undefined,
} as unknown as Watchdog;

export function route(
  id: string,
  limits: Partial<DatabaseRoute['limits']> = {},
  accountId = 'acc',
): DatabaseRoute {
  return {
    id,
    accountId,
    state: 'ready',
    plan: 'free',
    limits: {
      statementMs: 1_000,
      rowsMax: 500,
      sizeBytesMax: 1,
      responseBytesMax: 1,
      concurrencyMax: 10,
      requestsPerMinute: 1,
      computeMsPerMinute: 1,
      streaming: false,
      ...limits,
    },
    writes: 'open',
    storage: { level: 'ok', usedBytes: 0 },
    suspension: null,
    place: { clusterId: 'c', host: 'h', port: 1, name: id, family: 'f' },
  };
}

/** What the servers behind all pools saw, and whether they refuse. */
export const seen = {
  /** `database role`, in order. */
  opened: [] as string[],
  mostOpen: 0,
  refusal: null as { code: string } | null,
  reset(): void {
    this.opened = [];
    this.mostOpen = 0;
    this.refusal = null;
  },
};

/** Pools whose connections go nowhere. */
export function pools(options: Partial<PoolOptions> = {}) {
  const made = new ConnectionPools(
    {
      connectionsMax: 2,
      stuckMax: 2,
      idleMs: 30_000,
      acquireMs: 5_000,
      connect: async (place, role) => {
        seen.mostOpen = Math.max(seen.mostOpen, made.stats().open);
        if (seen.refusal) throw seen.refusal;
        seen.opened.push(`${place.name} ${role}`);
        const backend = { ...place, role, processId: 1, secretKey: 1 };
        return { socket: new DeadEndSocket() as unknown as Socket, backend };
      },
      ...options,
    },
    watchdog,
  );
  const take = (from: DatabaseRoute, role: KeyRole = 'write') => made.take(from, from.place!, role);
  const acquire = (from: DatabaseRoute, role: KeyRole = 'write', cancellation?: Cancellation) =>
    made.acquire(from, from.place!, role, cancellation);
  return { pools: made, take, acquire };
}

export const ofAccount = (accountId: string, id: string) => route(id, {}, accountId);
export const times = (count: number, ask: () => Promise<Connection>) =>
  Promise.all(Array.from({ length: count }, ask));

/** Whether it is, without waiting for it. */
export const settled = async (promise: Promise<Connection>) => {
  const pending = Symbol('pending');
  await vi.advanceTimersByTimeAsync(0);
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
};
