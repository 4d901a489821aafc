/** The middle value; of an even number of them the lower middle, so that it is one that was seen. */
export function median(/** @type {readonly number[]} */ values) {
  return quantile(values, 0.5);
}

/** Nearest rank, as https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method. */
export function quantile(/** @type {readonly number[]} */ values, /** @type {number} */ share) {
  if (values.length === 0) throw new Error('a quantile of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  return Number(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]);
}

/** To so many digits after the point; more would be noise. */
export function round(/** @type {number} */ value, digits = 2) {
  return Number(value.toFixed(digits));
}

/** Median and 95th percentile, as the results file keeps them. */
export function spread(/** @type {readonly number[]} */ valuesMs) {
  return { medianMs: round(median(valuesMs)), p95Ms: round(quantile(valuesMs, 0.95)) };
}
