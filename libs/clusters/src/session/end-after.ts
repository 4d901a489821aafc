import type { Run } from './admin-connection';

/** The statement's own limit can be swallowed by a tenant's code; the end of its session cannot. */
const MARGIN_MS = 1_000;

/**
 * Ends a session from another one if it is still at `work` when its statement's limit is long over.
 * The login must match too: the process id alone could have become somebody else's.
 */
export async function endAfter<T>(
  limitMs: number,
  session: { pid: number; login: string },
  run: Run,
  work: () => Promise<T>,
): Promise<T> {
  const end = () =>
    run('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND usename = $2', [
      session.pid,
      session.login,
    ]);
  const timer = setTimeout(() => void end().catch(() => undefined), limitMs + MARGIN_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
