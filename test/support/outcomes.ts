import { expect } from 'vitest';

/** As much of an answer to an SQL request as an outcome tells. */
export interface Answer {
  status: number;
  body: { error?: { code: string; sqlstate?: string } };
}

export const atOnce = <T>(count: number, send: () => PromiseLike<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, async () => send()));

/** `200`, `query_timeout` or `query_failed 53200`. */
export function briefly({ status, body }: Answer): string {
  if (!body?.error) return String(status);
  const { code, sqlstate } = body.error;
  return sqlstate ? `${code} ${sqlstate}` : code;
}

/** How often each: `12 × query_timeout, 8 × 200`. */
export function outcomesOf(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const outcome of answers.map(briefly)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} × ${outcome}`).join(', ');
}

/** Answers of requests that were not run for what the caller had done before. */
const SHUT_OUT = ['database_suspended', 'compute_limit', 'rate_limited'];
/** Answers of requests that found no place beside others. */
const NO_PLACE = ['busy', 'concurrency_limit'];

/** `outcomesOf` an attack that reached the cluster; fails if something stopped it before. */
export function outcomesOfBomb(answers: readonly Answer[]): string {
  const codes = answers.map(({ body }) => body?.error?.code ?? '');
  expect(codes.filter((code) => SHUT_OUT.includes(code))).toEqual([]);
  expect(codes.every((code) => NO_PLACE.includes(code))).toBe(false);
  return outcomesOf(answers);
}
