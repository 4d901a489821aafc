import type { DatabaseRoute } from '@howdah/databases';
import { describe, expect, it, vi } from 'vitest';
import { StorageGate } from './storage-gate';

const WAIT_MS = 5_000;
const MEGABYTE = 1024 * 1024;
const route = (id = 'db') => ({ id, writes: 'shrink' }) as DatabaseRoute;

describe('StorageGate', () => {
  it('locks a route after an undone write, says so once, and opens it by a new row', () => {
    const onGrowthUndone = vi.fn();
    const gate = new StorageGate({ onGrowthUndone }, WAIT_MS);
    const known = route();
    expect(gate.writesOf(known)).toBe('shrink');
    gate.undone(known);
    gate.undone(known);
    expect(gate.writesOf(known)).toBe('locked');
    expect(onGrowthUndone).toHaveBeenCalledExactlyOnceWith('db');
    expect(gate.writesOf(route())).toBe('shrink');
  });

  it('tells of a commit that grew by more than a megabyte, also by and by', () => {
    const onGateEvaded = vi.fn();
    const gate = new StorageGate({ onGateEvaded }, WAIT_MS);
    const known = route();
    gate.slipped(known, -50 * MEGABYTE);
    gate.slipped(known, 0.6 * MEGABYTE);
    expect(onGateEvaded).not.toHaveBeenCalled();
    gate.slipped(known, 0.6 * MEGABYTE);
    expect(onGateEvaded).toHaveBeenCalledExactlyOnceWith('db');
  });

  it('lets writers of one database in one by one, in order, and those of others at once', async () => {
    const gate = new StorageGate({}, WAIT_MS);
    const order: string[] = [];
    const leaveFirst = await gate.enter(route());
    const second = gate.enter(route()).then((leave) => (order.push('second'), leave));
    const third = gate.enter(route()).then((leave) => (order.push('third'), leave));
    await gate.enter(route('other'));
    expect(order).toEqual([]);
    leaveFirst();
    (await second)();
    (await third)();
    expect(order).toEqual(['second', 'third']);
  });

  it('answers busy to one who waited too long, and those behind still wait for the first', async () => {
    vi.useFakeTimers();
    try {
      const gate = new StorageGate({}, WAIT_MS);
      const leaveFirst = await gate.enter(route());
      const late = gate.enter(route());
      late.catch(() => undefined);
      await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
      let entered = false;
      const behind = gate.enter(route()).then(() => (entered = true));
      await vi.advanceTimersByTimeAsync(1);
      await expect(late).rejects.toMatchObject({ code: 'busy' });
      expect(entered).toBe(false);
      leaveFirst();
      await behind;
      expect(entered).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});
