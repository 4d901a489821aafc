import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, fakeGateway, refusal, result } from './fake-gateway';
import { howdah, HowdahError } from './index';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Asks, lets the clock run out, and tells how it ended after how many requests and how long. */
async function ask(answers: Answer[], signal?: AbortSignal) {
  const { fetch, seen } = fakeGateway(...answers);
  const begun = performance.now();
  const outcome = howdah('https://api.example.com/v1/databases/db_1', 'hdk_1', { fetch })
    .query('insert into posts default values', [], { signal })
    .then(
      () => 'rows',
      (error: Error) => (error instanceof HowdahError ? error.code : error.name),
    )
    .then((ended) => ({ ended, tookMs: Math.round(performance.now() - begun) }));
  await vi.runAllTimersAsync();
  return { ...(await outcome), requests: seen.length };
}

describe('a refusal that ran nothing', () => {
  it.each([['database_not_ready'], ['busy'], ['shutting_down']])(
    '%s is repeated after the time it asks for',
    async (code) => {
      expect(await ask([refusal(code, 503, 2), result([])])).toEqual({
        ended: 'rows',
        tookMs: 2_000,
        requests: 2,
      });
    },
  );

  it('is given up after five seconds in all', async () => {
    expect(await ask([refusal('busy', 503, 1)])).toEqual({
      ended: 'busy',
      tookMs: 5_000,
      requests: 6,
    });
  });

  it('is told at once when it asks for more', async () => {
    expect(await ask([refusal('database_not_ready', 503, 60)])).toMatchObject({
      ended: 'database_not_ready',
      tookMs: 0,
      requests: 1,
    });
  });

  it('is not repeated in a tight loop when it asks for no time', async () => {
    expect(await ask([refusal('busy', 503, 0), result([])])).toMatchObject({ tookMs: 100 });
  });

  it('comes back at different moments on different pages', async () => {
    vi.mocked(Math.random).mockReturnValue(1);
    expect(await ask([refusal('busy', 503, 1), result([])])).toMatchObject({ tookMs: 1_250 });
  });

  it('is not waited for once aborted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    expect(await ask([refusal('busy', 503, 1)], controller.signal)).toEqual({
      ended: 'AbortError',
      tookMs: 300,
      requests: 1,
    });
  });
});

describe('never repeated, since it may have run or would fail again', () => {
  it.each<[string, Answer]>([
    ['a lost connection to the database', refusal('database_unreachable', 503, 1)],
    ['a refusal without Retry-After', refusal('busy', 503)],
    ['a rate limit', refusal('rate_limited', 429, 1)],
    ['a time limit', refusal('query_timeout', 400)],
    ['an error of ours', refusal('internal', 500)],
    [
      'a proxy’s page',
      new Response('Unavailable', { status: 503, headers: { 'retry-after': '1' } }),
    ],
    ['no answer', new TypeError('Failed to fetch')],
  ])('%s', async (_name, answer) => {
    expect(await ask([answer, result([])])).toMatchObject({ tookMs: 0, requests: 1 });
  });
});
