import { describe, expect, it } from 'vitest';
import { sumReports, totalsLine } from './test-totals.mjs';

const report = (passed: number, failed: number, pending: number, testResults: object[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: 0,
  testResults,
});

describe('the last line of npm test', () => {
  it('sums unit tests and stories', () => {
    const totals = sumReports([report(10, 0, 0), report(5, 1, 2)]);
    expect(totalsLine(totals)).toBe('15 passed, 1 failed, 2 skipped');
    expect(totalsLine(sumReports([report(1, 0, 0)]))).toBe('1 passed, 0 failed');
  });

  it('counts a file that does not load and a run that crashed as failures', () => {
    const broken = { status: 'failed', assertionResults: [] };
    const ordinary = { status: 'failed', assertionResults: [{ status: 'failed' }] };
    expect(sumReports([report(0, 1, 0, [broken, ordinary])]).failed).toBe(2);
    expect(sumReports([undefined]).failed).toBe(1);
  });
});
