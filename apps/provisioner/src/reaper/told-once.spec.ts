import { expect, it, vi } from 'vitest';
import { ToldOnce } from './told-once';

const first = { pid: 1, startedAt: 'noon' };
const second = { pid: 2, startedAt: 'noon' };

function listener() {
  const heard: number[] = [];
  const failed = vi.fn();
  const told = new ToldOnce<typeof first>(failed);
  const tell = (found: (typeof first)[], answer = Promise.resolve()) =>
    told.tell(found, ({ pid }) => {
      heard.push(pid);
      return answer;
    });
  return { heard, failed, tell };
}

it('A process is told of once, however often it is found', () => {
  const { heard, tell } = listener();
  tell([first]);
  tell([first, second]);
  tell([first, second]);
  expect(heard).toEqual([1, 2]);
});

it('What could not be told is told again', async () => {
  const { heard, failed, tell } = listener();
  tell([first], Promise.reject(new Error('away')));
  await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
  tell([first]);
  tell([first]);
  expect(heard).toEqual([1, 1]);
});

it('One that nobody answers for is told of once, and keeps no other from it', () => {
  const { heard, tell } = listener();
  tell([first], new Promise(() => undefined));
  tell([first, second]);
  expect(heard).toEqual([1, 2]);
});

it('A process that was gone is another when it is back', () => {
  const { heard, tell } = listener();
  tell([first, second]);
  tell([second]);
  tell([first, second]);
  expect(heard).toEqual([1, 2, 1]);
});
