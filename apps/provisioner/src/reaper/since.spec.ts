import { describe, expect, it } from 'vitest';
import { Since } from './since';

const first = { pid: 1, startedAt: 'noon' };
const second = { pid: 2, startedAt: 'noon' };

describe('What is seen look by look', () => {
  it('is dated from its first look', () => {
    const since = new Since();
    expect(since.look([first], 1_000)).toEqual([[first, 0]]);
    expect(since.look([first, second], 1_500)).toEqual([
      [first, 500],
      [second, 0],
    ]);
  });

  it('is forgotten once it is gone', () => {
    const since = new Since();
    since.look([first], 1_000);
    since.look([], 2_000);
    expect(since.look([first], 3_000)).toEqual([[first, 0]]);
  });

  it('is not taken for another process of the same id', () => {
    const since = new Since();
    since.look([first], 1_000);
    const later = { pid: 1, startedAt: 'one' };
    expect(since.look([later], 3_000)).toEqual([[later, 0]]);
  });
});
