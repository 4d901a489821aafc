const QUIET_MS = 2_000;
const REPEAT_MS = 10_000;

/** What is going on now, by what it is called, since when. @type {Map<string, number>} */
const ongoing = new Map();
/** @type {NodeJS.Timeout | undefined} */
let ticker;
let statusShown = false;
let lastPrintedAt = 0;

// Whoever reads our output may go before us (a closed terminal, `npm start | head`): that is no
// reason to drop what runs without stopping it in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** Prints one line, above the status line if there is one. */
export function say(/** @type {string} */ text) {
  clearStatus();
  process.stdout.write(`${text}\n`);
}

/** Like `say`, on standard error. */
export function complain(/** @type {string} */ text) {
  clearStatus();
  process.stderr.write(`${text}\n`);
}

/**
 * Does the work and, once it takes longer than two seconds, says so: a line that counts on a
 * terminal, a line every ten seconds in a log.
 *
 * @template T
 * @param {string} doing such as `installing packages`
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function progress(doing, work) {
  const startedAt = Date.now();
  ongoing.set(doing, startedAt);
  ticker ??= setInterval(tick, process.stdout.isTTY ? 1_000 : 500).unref();
  try {
    return await work();
  } finally {
    ongoing.delete(doing);
    const tookMs = Date.now() - startedAt;
    if (tookMs > QUIET_MS) say(`${doing}: ${seconds(tookMs)}`);
    if (ongoing.size === 0) stopTicking();
  }
}

function tick() {
  const now = Date.now();
  const slow = [...ongoing].filter(([, since]) => now - since > QUIET_MS);
  if (slow.length === 0) return;
  const line = slow.map(([doing, since]) => `${doing}… ${seconds(now - since)}`).join(', ');
  if (process.stdout.isTTY) {
    clearStatus();
    process.stdout.write(line.slice(0, process.stdout.columns - 1));
    statusShown = true;
  } else if (now - lastPrintedAt > REPEAT_MS) {
    lastPrintedAt = now;
    process.stdout.write(`${line}\n`);
  }
}

function stopTicking() {
  clearInterval(ticker);
  ticker = undefined;
  lastPrintedAt = 0;
  clearStatus();
}

function clearStatus() {
  if (statusShown) process.stdout.write('\r\u001b[K');
  statusShown = false;
}

function seconds(/** @type {number} */ ms) {
  return `${Math.round(ms / 1_000)} s`;
}
