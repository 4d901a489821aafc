import { closeSync, openSync, readSync } from 'node:fs';

const POLL_MS = 300;
const CHUNK_BYTES = 64 * 1024;
const LINES_MAX = 5;
const WINDOW_MS = 10_000;

/** Of pino's lines; ours have the word, its default is the number. */
const LEVELS = new Map(
  /** @type {[string | number, string][]} */ ([
    ['warn', 'warning'],
    ['error', 'error'],
    ['fatal', 'error'],
    [40, 'warning'],
    [50, 'error'],
    [60, 'error'],
  ]),
);

/**
 * Repeats on the terminal what a log says of warnings and errors; a flood is cut to a few lines
 * every ten seconds. The file is read again and again rather than piped through here, so that a
 * service can still write if we are gone.
 *
 * @param {string} name
 * @param {string} file
 * @param {(line: string) => void} tell
 * @returns {() => void} stops watching
 */
export function watchLog(name, file, tell) {
  const read = follow(file);
  let windowEnd = 0;
  let told = 0;
  const timer = setInterval(() => {
    if (Date.now() > windowEnd) {
      if (told > LINES_MAX) tell(`${name}: ${told - LINES_MAX} more in ${file}`);
      windowEnd = Date.now() + WINDOW_MS;
      told = 0;
    }
    for (const line of read()) {
      const problem = problemIn(line);
      if (problem && ++told <= LINES_MAX) tell(`${name}: ${problem}`);
    }
  }, POLL_MS).unref();
  return () => clearInterval(timer);
}

/**
 * The part of a log line a person at the terminal should see, if any: of pino's JSON lines those
 * from `warn` up, of Postgres' those about the whole server, of others those that begin with an
 * error's name.
 */
export function problemIn(/** @type {string} */ line) {
  if (line.startsWith('{')) return problemInJson(line);
  const plain =
    /(?:^|\] )((?:PANIC|LOG: {2}server process .* was terminated|\(?\w*Error\b|Warning:).*)/.exec(
      line,
    );
  return plain?.[1]?.slice(0, 300);
}

function problemInJson(/** @type {string} */ line) {
  try {
    const { level, msg, err } = JSON.parse(line);
    const kind = LEVELS.get(level);
    if (kind === undefined) return undefined;
    const words = [msg, err?.message].filter(
      (word, index, all) => word && all.indexOf(word) === index,
    );
    return `${kind}: ${words.join(': ').slice(0, 300)}`;
  } catch {
    return undefined;
  }
}

/** @returns {() => string[]} the whole lines added since the last call */
function follow(/** @type {string} */ file) {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let offset = 0;
  let rest = '';
  return () => {
    const fd = openSync(file, 'r');
    try {
      const bytes = readSync(fd, buffer, 0, CHUNK_BYTES, offset);
      offset += bytes;
      const lines = (rest + buffer.toString('utf8', 0, bytes)).split('\n');
      rest = (lines.pop() ?? '').slice(-CHUNK_BYTES);
      return lines;
    } catch {
      return [];
    } finally {
      closeSync(fd);
    }
  };
}
