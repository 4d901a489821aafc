/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/**
 * Sums vitest's JSON reports. A file that failed without a failed test in it (it did not load)
 * counts as one failure, and so does a report that is missing: its run crashed.
 *
 * @param {readonly any[]} reports undefined where there is none
 * @returns {Totals}
 */
export function sumReports(reports) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const report of reports) {
    totals.passed += report?.numPassedTests ?? 0;
    totals.failed += report ? report.numFailedTests + filesNotLoaded(report) : 1;
    totals.skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  }
  return totals;
}

export function totalsLine(/** @type {Totals} */ { passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function filesNotLoaded(/** @type {any} */ { testResults }) {
  return testResults.filter(
    (/** @type {any} */ file) =>
      file.status === 'failed' &&
      !file.assertionResults.some((/** @type {any} */ test) => test.status === 'failed'),
  ).length;
}
