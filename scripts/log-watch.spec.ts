import { describe, expect, it } from 'vitest';
import { problemIn } from './log-watch.mjs';

describe('what of a log is shown on the terminal', () => {
  it.each([
    ['{"level":"warn","msg":"slow"}', 'warning: slow'],
    ['{"level":40,"msg":"slow"}', 'warning: slow'],
    ['{"level":50,"msg":"job failed","err":{"message":"boom"}}', 'error: job failed: boom'],
    ['TypeError: x is not a function', 'TypeError: x is not a function'],
    ['2026-01-01 00:00:00.000 UTC [7] PANIC:  could not write', 'PANIC:  could not write'],
  ])('%s', (line, shown) => {
    expect(problemIn(line)).toBe(shown);
  });

  it.each([
    '{"level":"info","msg":"POST /v1/sql"}',
    '{"level":50, cut off',
    '2026-01-01 00:00:00.000 UTC [7] ERROR:  relation "x" does not exist',
    'listening',
  ])('not %s', (line) => {
    expect(problemIn(line)).toBeUndefined();
  });
});
