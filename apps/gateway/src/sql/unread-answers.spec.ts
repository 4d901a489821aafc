import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnreadAnswers } from './unread-answers';

const MB = 1024 * 1024;

class Response extends EventEmitter {
  writableFinished = false;
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
  /** Its caller has read all of it. */
  finish(): void {
    this.writableFinished = true;
    this.emit('close');
  }
}

const watched = (answers: UnreadAnswers, bytes: number, owner = 'acc_1'): Response => {
  const response = new Response();
  answers.watch(response as unknown as ServerResponse, bytes, owner);
  return response;
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('An answer that nobody reads', () => {
  it('is given up, and a large one later than a small one', async () => {
    const answers = new UnreadAnswers();
    const small = watched(answers, MB);
    const large = watched(answers, 10 * MB);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([small.destroyed, large.destroyed]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(80_000);
    expect(large.destroyed).toBe(true);
  });

  it('makes room for others when too much waits, the oldest first', () => {
    const answers = new UnreadAnswers(20 * MB);
    const [first, second, third] = [10, 10, 5].map((size) => watched(answers, size * MB));
    expect([first, second, third].map((response) => response!.destroyed)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('makes room at the cost of who lets most wait, not of who waits longest', () => {
    const answers = new UnreadAnswers(20 * MB);
    const neighbour = watched(answers, 6 * MB, 'acc_2');
    const hog = [7, 7, 7].map((size) => watched(answers, size * MB));
    expect(neighbour.destroyed).toBe(false);
    expect(hog.map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
  });

  it('is no longer counted once it was read', () => {
    const answers = new UnreadAnswers(20 * MB);
    const read = watched(answers, 10 * MB);
    read.finish();
    const other = watched(answers, 15 * MB);
    expect([read.destroyed, other.destroyed]).toEqual([false, false]);
  });

  it('is left alone when it fits what the kernel holds', async () => {
    const small = watched(new UnreadAnswers(), 1_000);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(small.destroyed).toBe(false);
  });
});
