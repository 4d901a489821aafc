import type { BackendLimits } from '@howdah/databases';
import { describe, expect, it } from 'vitest';
import { KnownLimits } from './known-limits';

const LIMITS: BackendLimits = {
  id: 'db_1',
  physicalName: 'd_1',
  state: 'ready',
  statementMs: 1_000,
};
const backend = { database: 'd_1' };

function controlPlane() {
  const made = {
    asked: 0,
    away: false,
    silent: false,
    ask: async (): Promise<BackendLimits[]> => {
      made.asked++;
      if (made.away) throw new Error('away');
      if (made.silent) return new Promise(() => undefined);
      return [LIMITS];
    },
  };
  return made;
}

describe('The limits of a database', () => {
  it('are asked for once in some seconds', async () => {
    const plane = controlPlane();
    let now = 0;
    const known = new KnownLimits(plane.ask, () => now);
    expect((await known.of([backend, backend])).get('d_1')).toBe(LIMITS);
    now = 4_999;
    await known.of([backend]);
    expect(plane.asked).toBe(1);
    now = 5_000;
    await known.of([backend]);
    expect(plane.asked).toBe(2);
  });

  it('hold on while the control plane is away', async () => {
    const plane = controlPlane();
    let now = 0;
    const known = new KnownLimits(plane.ask, () => now);
    await known.of([backend]);
    plane.away = true;
    now = 60_000;
    expect((await known.of([backend])).get('d_1')).toBe(LIMITS);
  });

  it('hold on while the control plane does not answer, and nobody waits for it', async () => {
    const plane = controlPlane();
    let now = 0;
    const known = new KnownLimits(plane.ask, () => now);
    await known.of([backend]);
    plane.silent = true;
    for (now = 60_000; now < 64_000; now += 250) {
      expect((await known.of([backend])).get('d_1')).toBe(LIMITS);
    }
    expect(plane.asked).toBe(2);
    now = 65_000;
    await known.of([backend]);
    expect(plane.asked).toBe(3);
  });

  it('are waited for a moment only, where nothing is known', async () => {
    const plane = controlPlane();
    plane.silent = true;
    const known = new KnownLimits(plane.ask);
    expect((await known.of([backend])).has('d_1')).toBe(false);
    await known.of([backend]);
    expect(plane.asked).toBe(1);
  });

  it('that come late are known from then on', async () => {
    let answer = (_limits: BackendLimits[]) => {};
    const known = new KnownLimits(() => new Promise((resolve) => (answer = resolve)));
    expect((await known.of([backend])).has('d_1')).toBe(false);
    answer([LIMITS]);
    await expect.poll(async () => (await known.of([backend])).get('d_1')).toBe(LIMITS);
  });

  it('are not known of a database that nobody could be asked about', async () => {
    const plane = controlPlane();
    plane.away = true;
    expect((await new KnownLimits(plane.ask).of([backend])).has('d_1')).toBe(false);
  });

  it('are none of a database that there is not', async () => {
    const known = new KnownLimits(async () => []);
    const limits = await known.of([backend]);
    expect([limits.has('d_1'), limits.get('d_1')]).toEqual([true, undefined]);
  });
});
