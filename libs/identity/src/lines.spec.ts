import { describe, expect, it } from 'vitest';
import { Lines } from './lines';

describe('A line', () => {
  it('lets one after the other do its work, in the order they came', async () => {
    const lines = new Lines();
    const done: number[] = [];
    let atOnce = 0;
    const work = (number: number) => async () => {
      expect(++atOnce).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5 - number));
      atOnce--;
      done.push(number);
      return number;
    };
    const results = await Promise.all([1, 2, 3].map((number) => lines.stand('a', work(number))));
    expect(done).toEqual([1, 2, 3]);
    expect(results).toEqual([{ result: 1 }, { result: 2 }, { result: 3 }]);
  });

  it('keeps nobody in another line waiting', async () => {
    const lines = new Lines();
    void lines.stand('a', () => new Promise(() => undefined));
    expect(await lines.stand('b', async () => 'here')).toEqual({ result: 'here' });
  });

  it('goes on after a failure', async () => {
    const lines = new Lines();
    const failing = lines.stand('a', () => Promise.reject(new Error('away')));
    const next = lines.stand('a', async () => 'here');
    await expect(failing).rejects.toThrow('away');
    expect(await next).toEqual({ result: 'here' });
  });

  it('turns away who would wait too long', async () => {
    const lines = new Lines();
    let end!: () => void;
    const first = lines.stand('a', () => new Promise<void>((resolve) => (end = resolve)));
    const others = Array.from({ length: 199 }, () => lines.stand('a', async () => undefined));
    expect(await lines.stand('a', async () => undefined)).toBeNull();
    end();
    await Promise.all([first, ...others]);
    expect(await lines.stand('a', async () => 'here')).toEqual({ result: 'here' });
  });
});
