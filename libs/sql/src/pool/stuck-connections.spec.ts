import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ofAccount, pools, route, seen, settled, times } from './connection-pools.fake';

describe('Connections that are stuck', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    seen.reset();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('leave the whole cap to the neighbours, who waited for it', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 3, stuckMax: 3 });
    const deaf = await times(3, () => acquire(ofAccount('attacker', 'a')));
    const neighbours = [1, 2, 3].map(() => acquire(ofAccount('neighbour', 'b')));
    expect(await settled(neighbours[0]!)).toBe(false);
    for (const connection of deaf) all.stuck(connection);
    expect(await settled(Promise.race(neighbours))).toBe(true);
    await Promise.all(neighbours);
    expect(await settled(acquire(ofAccount('another', 'c')))).toBe(false);
    expect(all.stats()).toMatchObject({ open: 6, stuck: 3, waiting: 1 });
  });

  it('count for their database still, whose requests in line are refused', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 4, stuckMax: 4 });
    const narrow = route('a', { concurrencyMax: 1 });
    const deaf = await acquire(narrow);
    const waiting = acquire(narrow);
    all.stuck(deaf);
    await expect(waiting).rejects.toMatchObject({ code: 'busy', details: { retryAfter: 2 } });
    expect(all.isStuck('a')).toBe(true);
    expect(all.isStuck('b')).toBe(false);
    expect(await settled(acquire(route('b')))).toBe(true);
    deaf.destroy();
    await vi.advanceTimersByTimeAsync(0);
    expect(all.isStuck('a')).toBe(false);
    expect(await settled(acquire(narrow))).toBe(true);
  });

  it('leave their account its share', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 20, stuckMax: 20 });
    const deaf = await times(10, () => acquire(ofAccount('one', 'a')));
    const other = acquire(ofAccount('one', 'b'));
    expect(await settled(other)).toBe(false);
    all.stuck(deaf[0]!);
    expect(await settled(other)).toBe(true);
  });

  it('leave alone what is kept for databases that have none open', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 10, stuckMax: 10 });
    const deaf = await times(9, () => acquire(ofAccount('one', 'a')));
    await acquire(ofAccount('two', 'b'));
    for (const connection of deaf) all.stuck(connection);
    await times(8, () => acquire(ofAccount('three', 'c')));
    expect(await settled(acquire(ofAccount('three', 'c')))).toBe(false);
    expect(await settled(acquire(ofAccount('four', 'd')))).toBe(true);
    expect(all.stats()).toMatchObject({ open: 19, stuck: 9 });
  });

  it('count in the cap again beyond their bound, until one of the others is gone', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 3, stuckMax: 1 });
    const [first, second] = await times(2, () => acquire(ofAccount('one', 'a')));
    all.stuck(first!);
    all.stuck(second!);
    await times(2, () => acquire(ofAccount('two', 'b')));
    const waiting = acquire(ofAccount('three', 'c'));
    expect(await settled(waiting)).toBe(false);
    first!.destroy();
    expect(await settled(waiting)).toBe(true);
    expect(all.stats()).toMatchObject({ open: 4, stuck: 1 });
    expect(await settled(acquire(ofAccount('four', 'd')))).toBe(false);
  });

  it.each([0, 1, 2, 3])(
    'leave the caps as they were when they end, %i of 3 at first',
    async (n) => {
      const { pools: all, acquire } = pools({ connectionsMax: 3, stuckMax: 2 });
      const deaf = await times(3, () => acquire(ofAccount('one', 'a')));
      for (const connection of deaf) all.stuck(connection);
      for (const connection of [...deaf.slice(n), ...deaf.slice(0, n)]) connection.destroy();
      await vi.advanceTimersByTimeAsync(0);
      expect(all.stats()).toMatchObject({ open: 0, stuck: 0 });
      await times(3, () => acquire(ofAccount('two', 'b')));
      expect(await settled(acquire(ofAccount('three', 'c')))).toBe(false);
    },
  );

  it('refuse their database when its limits changed meanwhile', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 3, stuckMax: 3 });
    const deaf = await acquire(route('a'));
    await acquire(route('a', { statementMs: 10_000 }));
    all.stuck(deaf);
    expect(all.isStuck('a')).toBe(true);
    deaf.destroy();
    await vi.advanceTimersByTimeAsync(0);
    expect(all.isStuck('a')).toBe(false);
  });

  it('are waited for at close', async () => {
    const { pools: all, acquire } = pools({ connectionsMax: 3, stuckMax: 3 });
    const deaf = await acquire(route('a'));
    all.stuck(deaf);
    let closed = false;
    const closing = all.close().then(() => (closed = true));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(closed).toBe(false);
    deaf.destroy();
    await closing;
    expect(all.stats()).toMatchObject({ open: 0, stuck: 0 });
  });
});
