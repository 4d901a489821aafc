import { describe, expect, it } from 'vitest';
import type { ChangeFeed } from './change-feed';
import { Remembered } from './remembered';

/** A feed that says what it is told to. */
function feed() {
  const listeners = new Map<string, (id: string | null) => void>();
  const made = {
    healthy: true,
    subscribe: (table: string, listener: (id: string | null) => void) =>
      void listeners.set(table, listener),
    changed: (table: string, id: string | null) => listeners.get(table)!(id),
  };
  return made as typeof made & ChangeFeed;
}

function remembering(load?: (key: string) => Promise<number>) {
  const changes = feed();
  let loads = 0;
  const remembered = new Remembered(
    changes,
    async (key) => {
      loads++;
      const value = load ? await load(key) : loads;
      return key === 'unknown'
        ? null
        : { value: { value }, rows: [`plan:${key}`, 'cluster:shared'] };
    },
    { tables: ['plan', 'cluster'], entriesMax: 10 },
  );
  return { changes, remembered, loads: () => loads };
}

describe('A remembered value', () => {
  it('is loaded once', async () => {
    const { remembered, loads } = remembering();
    await remembered.get('a');
    expect(await remembered.get('a')).toEqual({ value: 1 });
    expect(remembered.peek('a')).toEqual({ value: 1 });
    expect(loads()).toBe(1);
  });

  it('is forgotten when one of its rows changes, and no other is', async () => {
    const { changes, remembered } = remembering();
    await remembered.get('a');
    await remembered.get('b');
    changes.changed('plan', 'a');
    expect(remembered.peek('a')).toBeUndefined();
    expect(remembered.peek('b')).toBeDefined();
    changes.changed('cluster', 'shared');
    expect(remembered.peek('b')).toBeUndefined();
  });

  it('is forgotten with all others when changes may have been missed', async () => {
    const { changes, remembered } = remembering();
    await remembered.get('a');
    changes.changed('plan', null);
    expect(remembered.peek('a')).toBeUndefined();
  });

  it('is not kept when a row changed while it was being loaded', async () => {
    let finish = (): void => undefined;
    const { changes, remembered } = remembering(
      () => new Promise((resolve) => (finish = () => resolve(7))),
    );
    const loading = remembered.get('a');
    changes.changed('plan', 'a');
    finish();
    expect(await loading).toEqual({ value: 7 });
    expect(remembered.peek('a')).toBeUndefined();
  });

  it('is not trusted while the feed of changes is down', async () => {
    const { changes, remembered, loads } = remembering();
    await remembered.get('a');
    changes.healthy = false;
    expect(remembered.peek('a')).toBeUndefined();
    await remembered.get('a');
    await remembered.get('a');
    expect(loads()).toBe(3);
  });

  it('that does not exist is looked for each time', async () => {
    const { remembered, loads } = remembering();
    expect(await remembered.get('unknown')).toBeNull();
    expect(await remembered.get('unknown')).toBeNull();
    expect(loads()).toBe(2);
  });
});
