import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeadEndSocket, ofAccount, pools, seen, settled, times } from './connection-pools.fake';

describe('Connections, where many want them,', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    seen.reset();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('go to whose account has fewest open before those who came first', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 5 });
    const [first, second] = await times(4, () => acquire(ofAccount('many', 'a')));
    await acquire(ofAccount('few', 'b'));
    const more = acquire(ofAccount('many', 'a'));
    const moreOfFew = acquire(ofAccount('few', 'b'));
    const newcomer = acquire(ofAccount('none', 'c'));
    first!.release();
    expect(await settled(newcomer)).toBe(true);
    expect(await settled(moreOfFew)).toBe(false);
    second!.release();
    expect(await settled(moreOfFew)).toBe(true);
    expect(await settled(more)).toBe(false);
    expect(all.stats()).toMatchObject({ open: 5, waiting: 1 });
    expect(seen.mostOpen).toBe(5);
  });

  it('are not taken from who waits for them, where that evens nothing out', async () => {
    const { acquire } = pools({ connectionsMax: 3 });
    const [first] = await times(2, () => acquire(ofAccount('one', 'a')));
    const other = await acquire(ofAccount('two', 'b'));
    const moreOfOther = acquire(ofAccount('two', 'b'));
    const more = acquire(ofAccount('one', 'a'));
    first!.release();
    expect(await more).toBe(first);
    other.release();
    expect(await moreOfOther).toBe(other);
    expect(seen.opened).toHaveLength(3);
  });

  it('go to one account by half at most, whose idle ones make room for its others', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 24 });
    const [first] = await times(10, () => acquire(ofAccount('one', 'a')));
    await times(2, () => acquire(ofAccount('one', 'b')));
    const waiting = acquire(ofAccount('one', 'c'));
    expect(await settled(waiting)).toBe(false);
    expect(await settled(acquire(ofAccount('another', 'd')))).toBe(true);
    first!.release();
    expect(await settled(waiting)).toBe(true);
    expect(all.stats()).toMatchObject({ open: 13, waiting: 0 });
  });

  it('are kept, a tenth, for databases that have none open', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 20 });
    await times(9, () => acquire(ofAccount('one', 'a')));
    await times(9, () => acquire(ofAccount('two', 'b')));
    expect(await settled(acquire(ofAccount('one', 'a')))).toBe(false);
    expect(await settled(acquire(ofAccount('two', 'c')))).toBe(true);
    expect(await settled(acquire(ofAccount('three', 'd')))).toBe(true);
    expect(await settled(acquire(ofAccount('four', 'e')))).toBe(false);
    expect(all.stats()).toMatchObject({ open: 20, waiting: 2 });
  });

  it('log in eight at a time, and count from their beginning', async () => {
    const ends: (() => void)[] = [];
    const { pools: all, acquire } = pools({
      connectionsMax: 20,
      connect: () => new Promise((_, reject) => ends.push(() => reject(new Error('no')))),
    });
    for (const id of ['a', 'b']) {
      for (let n = 0; n < 10; n++) acquire(ofAccount(id, id)).catch(() => undefined);
    }
    expect(ends).toHaveLength(8);
    expect(all.stats()).toMatchObject({ open: 8, waiting: 12 });
    ends[0]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(ends).toHaveLength(9);
    expect(all.stats()).toMatchObject({ open: 8, waiting: 11 });
  });

  it('that no server answers do not hold up those to other clusters', async () => {
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
      const there = ofAccount(id, id);
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
