import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cancellation } from './cancellation';
import { pools, route, seen, settled } from './connection-pools.fake';

describe('ConnectionPools', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    seen.reset();
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
    expect(seen.mostOpen).toBe(2);
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
    expect(seen.mostOpen).toBe(1);
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
    expect(seen.opened).toEqual(['a write', 'a read']);
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
    seen.refusal = { code: '53300' };
    const waiting = acquire(route('a'));
    await vi.advanceTimersByTimeAsync(200);
    seen.refusal = null;
    await vi.advanceTimersByTimeAsync(100);
    expect(await settled(waiting)).toBe(true);
  });

  it('asks once for a changed password to be healed, and gets in when it was', async () => {
    const healCredentials = vi.fn(async () => undefined);
    const { acquire } = pools({ healCredentials });
    seen.refusal = { code: '28P01' };
    const waiting = acquire(route('a'));
    await vi.advanceTimersByTimeAsync(2_000);
    seen.refusal = null;
    await vi.advanceTimersByTimeAsync(100);
    expect(await settled(waiting)).toBe(true);
    expect(healCredentials).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['nothing heals it', async () => undefined],
    ['nobody can be asked', async () => Promise.reject(new Error('the queue is down'))],
  ])('gives up after three seconds when %s', async (_, healCredentials) => {
    const { pools: all, acquire } = pools({ healCredentials });
    seen.refusal = { code: '28P01' };
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
    seen.refusal = { code };
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
});
