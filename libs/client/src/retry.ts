import { HowdahError } from './howdah-error';
import { abortReason } from './post';

/** Refusals at the door: nothing ran, so a repeat is safe even for a write. */
const REFUSALS = ['database_not_ready', 'busy', 'shutting_down'];
const TOTAL_MS = 5_000;
const WAIT_MIN_MS = 100;
const JITTER_MS = 250;

/**
 * Repeats what was refused without being run, no sooner than the refusal says and for about five
 * seconds in all; a refusal that asks for more is the caller's to wait out.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const until = performance.now() + TOTAL_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = waitBeforeRepeat(error);
      if (waitMs === undefined || performance.now() + waitMs > until) throw error;
      // Many pages are refused at one time; they shall not come back at one time.
      await sleep(waitMs + Math.random() * JITTER_MS, signal);
    }
  }
}

function waitBeforeRepeat(error: unknown): number | undefined {
  if (!(error instanceof HowdahError) || error.status !== 503) return undefined;
  if (!REFUSALS.includes(error.code) || error.retryAfter === undefined) return undefined;
  return Math.max(WAIT_MIN_MS, error.retryAfter * 1000);
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(abortReason(signal!));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
