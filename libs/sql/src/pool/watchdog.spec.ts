import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from './connection';
import type { Termination } from './terminator';
import { Watchdog } from './watchdog';

let answer: Termination;
const terminate = vi.fn(async () => answer);
const onStubborn = vi.fn();

/** A connection whose server never hangs up by itself. */
class DeafConnection {
  deadline = 0;
  rung = 0;
  open = true;
  isRead = true;
  limitMs = 1_000;
  startedAt = performance.now();
  owner = { databaseId: 'db', connectionStuck: vi.fn() };
  backend = { host: '127.0.0.1', port: 1 };
  interrupt = vi.fn();
  drain = vi.fn();
  destroy = vi.fn(() => {
    this.open = false;
    watchdog.disarm(this.connection);
  });
  get connection(): Connection {
    return this as unknown as Connection;
  }
}

let watchdog: Watchdog;
let deaf: DeafConnection;

describe('The ladder', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    answer = 'told';
    watchdog = new Watchdog({ terminate }, onStubborn);
    deaf = new DeafConnection();
    watchdog.arm(deaf.connection, deaf.limitMs);
  });
  afterEach(() => {
    watchdog.close();
    vi.useRealTimers();
  });

  it('answers the caller at the limit and has the backend ended 100 ms later', async () => {
    await vi.advanceTimersByTimeAsync(1_000);
    expect(deaf.interrupt).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(50);
    expect(deaf.interrupt).toHaveBeenCalledTimes(1);
    expect(terminate).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(125);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  it('waits for a backend that ignores it, tells of it once and asks again', async () => {
    await vi.advanceTimersByTimeAsync(1_200);
    expect(deaf.drain).toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_900);
    expect(onStubborn).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(150);
    expect(onStubborn).toHaveBeenCalledExactlyOnceWith('db');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(onStubborn).toHaveBeenCalledTimes(1);
    expect(terminate.mock.calls.length).toBeGreaterThan(10);
    expect(deaf.destroy).not.toHaveBeenCalled();
  });

  it('calls none stubborn that ended while this process saw and did nothing', async () => {
    await vi.advanceTimersByTimeAsync(1_200);
    answer = 'gone';
    await vi.advanceTimersByTimeAsync(10_000);
    expect(onStubborn).not.toHaveBeenCalled();
    expect(deaf.destroy).toHaveBeenCalledTimes(1);
  });

  it('counts the time from when Postgres said that it told the backend', async () => {
    answer = 'unreachable';
    await vi.advanceTimersByTimeAsync(7_000);
    answer = 'told';
    await vi.advanceTimersByTimeAsync(2_500);
    expect(onStubborn).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(onStubborn).toHaveBeenCalledTimes(1);
  });

  it('calls none stubborn whose socket nobody reads', async () => {
    deaf.isRead = false;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(onStubborn).not.toHaveBeenCalled();
  });

  it('tells once whose backend outlives its end by half a second', async () => {
    const { connectionStuck } = deaf.owner;
    await vi.advanceTimersByTimeAsync(1_600);
    expect(connectionStuck).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(150);
    expect(connectionStuck).toHaveBeenCalledExactlyOnceWith(deaf);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(connectionStuck).toHaveBeenCalledTimes(1);
  });

  it('tells of none as stuck that ended in time', async () => {
    await vi.advanceTimersByTimeAsync(1_400);
    expect(terminate).toHaveBeenCalledTimes(1);
    deaf.destroy();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(deaf.owner.connectionStuck).not.toHaveBeenCalled();
  });

  it.each([
    ['rejects', async () => Promise.reject(new Error('the control plane is down'))],
    [
      'throws',
      () => {
        throw new Error('the control plane is down');
      },
    ],
  ])('tells again of a stubborn backend, a look later, when that %s', async (_, fails) => {
    onStubborn.mockImplementationOnce(fails).mockImplementationOnce(fails);
    await vi.advanceTimersByTimeAsync(4_500);
    expect(onStubborn).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(onStubborn).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(onStubborn).toHaveBeenCalledTimes(3);
  });

  it('tells no second time while nobody knows whether the first arrived, nor of one that is gone', async () => {
    let fail!: (error: Error) => void;
    onStubborn.mockImplementationOnce(() => new Promise((_, reject) => (fail = reject)));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(onStubborn).toHaveBeenCalledTimes(1);
    deaf.destroy();
    fail(new Error('too late'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(onStubborn).toHaveBeenCalledTimes(1);
  });

  it('hangs up on a backend that is not there any more', async () => {
    answer = 'gone';
    await vi.advanceTimersByTimeAsync(1_200);
    expect(deaf.destroy).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(onStubborn).not.toHaveBeenCalled();
  });

  it('gives up on a cluster that is out of reach for half a minute', async () => {
    answer = 'unreachable';
    await vi.advanceTimersByTimeAsync(30_000);
    expect(deaf.destroy).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(deaf.destroy).toHaveBeenCalledTimes(1);
  });

  it('ends a server that does not hang up after a goodbye', async () => {
    watchdog.disarm(deaf.connection);
    watchdog.expectEnd(deaf.connection);
    await vi.advanceTimersByTimeAsync(950);
    expect(terminate).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  it('lets a goodbye delay nothing that is under way', async () => {
    await vi.advanceTimersByTimeAsync(1_050);
    watchdog.expectEnd(deaf.connection);
    await vi.advanceTimersByTimeAsync(125);
    expect(terminate).toHaveBeenCalledTimes(1);
  });

  it('waits for nobody once its process is to end', async () => {
    await vi.advanceTimersByTimeAsync(5_000);
    watchdog.hurry();
    expect(deaf.destroy).toHaveBeenCalledTimes(1);
    const late = (deaf = new DeafConnection());
    watchdog.arm(late.connection, late.limitMs);
    await vi.advanceTimersByTimeAsync(1_200);
    expect(late.destroy).toHaveBeenCalledTimes(1);
  });
});
