import { expect, it } from 'vitest';
import { someAtOnce } from './some-at-once';

it('One that takes long keeps no other from its turn', async () => {
  const done: number[] = [];
  let release = () => {};
  const all = someAtOnce(2, [1, 2, 3, 4], async (item) => {
    if (item === 1) await new Promise<void>((resolve) => (release = resolve));
    done.push(item);
  });
  await expect.poll(() => done).toEqual([2, 3, 4]);
  release();
  await all;
  expect(done).toEqual([2, 3, 4, 1]);
});

it('No more are at work at once than said', async () => {
  let working = 0;
  let most = 0;
  await someAtOnce(3, [...'abcdefgh'], async () => {
    most = Math.max(most, ++working);
    await Promise.resolve();
    working--;
  });
  expect(most).toBe(3);
});
