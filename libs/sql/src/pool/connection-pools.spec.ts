import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { KeyRole } from '@howdah/contracts';
import type { DatabaseRoute } from '@howdah/databases';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cancellation } from './cancellation';
import type { Connection } from './connection';
import { ConnectionPools, type PoolOptions } from './connection-pools';
import type { Watchdog } from './watchdog';

/** A socket that goes nowhere; `end` hangs up a moment later, as a server would. */
class DeadEndSocket extends EventEmitter {
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
  stuckCount: () => 0,
} as unknown as Watchdog;

function route(
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

let opened: string[];
let mostOpen: number;
let refusal: { code: string } | null;

function pools(options: Partial<PoolOptions> = {}) {
  const made = new ConnectionPools(
    {
      connectionsMax: 2,
      idleMs: 30_000,
      acquireMs: 5_000,
      connect: async (place, role) => {
        mostOpen = Math.max(mostOpen, made.stats().open);
        if (refusal) throw refusal;
        opened.push(`${place.name} ${role}`);
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

const of = (accountId: string, id: string) => route(id, {}, accountId);
const times = (count: number, ask: () => Promise<Connection>) =>
  Promise.all(Array.from({ length: count }, ask));

const settled = async (promise: Promise<Connection>) => {
  const pending = Symbol('pending');
  await vi.advanceTimersByTimeAsync(0);
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
};

describe('ConnectionPools', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    opened = [];
    mostOpen = 0;
    refusal = null;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('uses the last used idle connection of the same login again', async () => {
    const { take, acquire } = pools();
    const first = await acquire(route('a'));
    const second = await acquire(route('a'));
    second.release();
    first.release();
    expect(take(route('a'), 'read')).toBeNull();
    expect(take(route('a'))).toBe(first);
    expect(take(route('a'))).toBe(second);
    expect(take(route('a'))).toBeNull();
  });

  it('closes the connection idle for longest when the cap is reached, and counts it till it is gone', async () => {
    const { pools: all, take, acquire } = pools();
    const a = await acquire(route('a'));
    const b = await acquire(route('b'));
    a.release();
    b.release();
    await acquire(route('c'));
    expect(take(route('a'))).toBeNull();
    expect(take(route('b'))).toBe(b);
    expect(mostOpen).toBe(2);
    expect(all.stats().open).toBe(2);
  });

  it('serves those who wait in the order they came', async () => {
    const { acquire } = pools({ connectionsMax: 1 });
    const a = await acquire(route('a'));
    const b = acquire(route('b'));
    const again = acquire(route('a'));
    a.release();
    expect(await settled(b)).toBe(true);
    expect(await settled(again)).toBe(false);
    (await b).release();
    expect(await settled(again)).toBe(true);
    expect(mostOpen).toBe(1);
  });

  it('holds one database to its own limit while another goes on', async () => {
    const { acquire } = pools({ connectionsMax: 10 });
    const narrow = route('a', { concurrencyMax: 1 });
    await acquire(narrow);
    expect(await settled(acquire(narrow))).toBe(false);
    expect(await settled(acquire(route('b')))).toBe(true);
  });

  it('makes room for another login of the same database', async () => {
    const { acquire } = pools({ connectionsMax: 10 });
    const narrow = route('a', { concurrencyMax: 1 });
    (await acquire(narrow, 'write')).release();
    expect(await settled(acquire(narrow, 'read'))).toBe(true);
    expect(opened).toEqual(['a write', 'a read']);
  });

  it('answers busy after the wait, and cancelled when the caller leaves', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 1 });
    await acquire(route('a'));
    const late = acquire(route('b'));
    late.catch(() => undefined);
    const cancellation = new Cancellation();
    const left = acquire(route('b'), 'write', cancellation);
    cancellation.cancel();
    await expect(left).rejects.toMatchObject({ code: 'cancelled' });
    await vi.advanceTimersByTimeAsync(5_000);
    await expect(late).rejects.toMatchObject({ code: 'busy', details: { retryAfter: 1 } });
    expect(all.stats().waiting).toBe(0);
  });

  it('tries again while Postgres has no slot', async () => {
    const { acquire } = pools();
    refusal = { code: '53300' };
    const waiting = acquire(route('a'));
    await vi.advanceTimersByTimeAsync(200);
    refusal = null;
    await vi.advanceTimersByTimeAsync(100);
    expect(await settled(waiting)).toBe(true);
  });

  it('asks once for a changed password to be healed, and gets in when it was', async () => {
    const healCredentials = vi.fn(async () => undefined);
    const { acquire } = pools({ healCredentials });
    refusal = { code: '28P01' };
    const waiting = acquire(route('a'));
    await vi.advanceTimersByTimeAsync(2_000);
    refusal = null;
    await vi.advanceTimersByTimeAsync(100);
    expect(await settled(waiting)).toBe(true);
    expect(healCredentials).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['nothing heals it', async () => undefined],
    ['nobody can be asked', async () => Promise.reject(new Error('the queue is down'))],
  ])('gives up after three seconds when %s', async (_, healCredentials) => {
    const { pools: all, acquire } = pools({ healCredentials });
    refusal = { code: '28P01' };
    const waiting = acquire(route('a'));
    waiting.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(2_900);
    expect(await settled(waiting)).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    await expect(waiting).rejects.toMatchObject({ code: 'database_unreachable' });
    expect(all.stats()).toMatchObject({ open: 0, idle: 0, waiting: 0 });
  });

  it.each([
    ['ECONNREFUSED', 'database_unreachable', 5],
    ['57P03', 'database_unreachable', 5],
    ['3D000', 'database_not_ready', 1],
    ['55000', 'database_not_ready', 1],
  ])('answers %s as %s', async (code, expected, retryAfter) => {
    const { pools: all, acquire } = pools();
    refusal = { code };
    await expect(acquire(route('a'))).rejects.toMatchObject({
      code: expected,
      details: { retryAfter },
    });
    expect(all.stats().open).toBe(0);
  });

  it('does not use connections of other limits or another place again', async () => {
    const { take, acquire } = pools();
    (await acquire(route('a'))).release();
    expect(take(route('a', { statementMs: 10_000 }))).toBeNull();
  });

  it('drops idle connections at once and busy ones at their end', async () => {
    const { pools: all, take, acquire } = pools();
    const busy = await acquire(route('a'));
    (await acquire(route('a'))).release();
    all.drop('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(all.stats()).toMatchObject({ open: 1, idle: 0 });
    busy.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(all.stats().open).toBe(0);
    expect(take(route('a'))).toBeNull();
  });

  it('closes what was idle too long', async () => {
    const { pools: all, acquire } = pools();
    (await acquire(route('a'))).release();
    await vi.advanceTimersByTimeAsync(36_000);
    expect(all.stats()).toMatchObject({ open: 0, idle: 0 });
  });

  it('drains at close, and lets nobody in any more', async () => {
    const { pools: all, acquire } = pools();
    const busy = await acquire(route('a'));
    const closed = all.close();
    await expect(acquire(route('a'))).rejects.toMatchObject({ code: 'shutting_down' });
    busy.release();
    await closed;
    expect(all.stats().open).toBe(0);
  });

  it('serves whose account has fewest open before those who came first', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 5 });
    const [first, second] = await times(4, () => acquire(of('many', 'a')));
    await acquire(of('few', 'b'));
    const more = acquire(of('many', 'a'));
    const moreOfFew = acquire(of('few', 'b'));
    const newcomer = acquire(of('none', 'c'));
    first!.release();
    expect(await settled(newcomer)).toBe(true);
    expect(await settled(moreOfFew)).toBe(false);
    second!.release();
    expect(await settled(moreOfFew)).toBe(true);
    expect(await settled(more)).toBe(false);
    expect(all.stats()).toMatchObject({ open: 5, waiting: 1 });
    expect(mostOpen).toBe(5);
  });

  it('closes no connection that its own database waits for, where that evens nothing out', async () => {
    const { acquire } = pools({ connectionsMax: 3 });
    const [first] = await times(2, () => acquire(of('one', 'a')));
    const other = await acquire(of('two', 'b'));
    const moreOfOther = acquire(of('two', 'b'));
    const more = acquire(of('one', 'a'));
    first!.release();
    expect(await more).toBe(first);
    other.release();
    expect(await moreOfOther).toBe(other);
    expect(opened).toHaveLength(3);
  });

  it('gives one account half of the connections, and makes its idle ones room for its others', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 24 });
    const [first] = await times(10, () => acquire(of('one', 'a')));
    await times(2, () => acquire(of('one', 'b')));
    const waiting = acquire(of('one', 'c'));
    expect(await settled(waiting)).toBe(false);
    expect(await settled(acquire(of('another', 'd')))).toBe(true);
    first!.release();
    expect(await settled(waiting)).toBe(true);
    expect(all.stats()).toMatchObject({ open: 13, waiting: 0 });
  });

  it('keeps a tenth for databases that have none open', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 20 });
    await times(9, () => acquire(of('one', 'a')));
    await times(9, () => acquire(of('two', 'b')));
    expect(await settled(acquire(of('one', 'a')))).toBe(false);
    expect(await settled(acquire(of('two', 'c')))).toBe(true);
    expect(await settled(acquire(of('three', 'd')))).toBe(true);
    expect(await settled(acquire(of('four', 'e')))).toBe(false);
    expect(all.stats()).toMatchObject({ open: 20, waiting: 2 });
  });

  it('logs in eight at a time, and counts a login from its beginning to its end', async () => {
    const ends: (() => void)[] = [];
    const { pools: all, acquire } = pools({
      connectionsMax: 20,
      connect: () => new Promise((_, reject) => ends.push(() => reject(new Error('no')))),
    });
    for (const id of ['a', 'b']) {
      for (let n = 0; n < 10; n++) acquire(of(id, id)).catch(() => undefined);
    }
    expect(ends).toHaveLength(8);
    expect(all.stats()).toMatchObject({ open: 8, waiting: 12 });
    ends[0]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(ends).toHaveLength(9);
    expect(all.stats()).toMatchObject({ open: 8, waiting: 11 });
  });

  it('does not let logins that nobody answers hold up those of other clusters', async () => {
    const begun: string[] = [];
    const { acquire } = pools({
      connectionsMax: 40,
      connect: async ({ clusterId }, role) => {
        begun.push(clusterId);
        if (clusterId === 'down') return new Promise(() => undefined);
        const backend = { clusterId, host: 'h', port: 1, role, processId: 1, secretKey: 1 };
        return { socket: new DeadEndSocket() as unknown as Socket, backend };
      },
    });
    const at = (clusterId: string, id: string) => {
      const there = of(id, id);
      return acquire({ ...there, place: { ...there.place!, clusterId } });
    };
    for (const id of ['a', 'b', 'c']) {
      for (let n = 0; n < 10; n++) at('down', id).catch(() => undefined);
    }
    const elsewhere = at('up', 'd');
    expect(await settled(elsewhere)).toBe(false);
    await vi.advanceTimersByTimeAsync(300);
    expect(await settled(elsewhere)).toBe(true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(begun.filter((id) => id === 'down')).toHaveLength(10);
  });
});
