import { FALSE, TRUE, type JsonBuffer } from './json-buffer';

/** Writes the Postgres text `source[start, end)` as one JSON value. */
export type Encoder = (out: JsonBuffer, source: Buffer, start: number, end: number) => void;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DASH = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Text that is JSON already: small integers. */
export const encodeRaw: Encoder = (out, source, start, end) => {
  out.reserve(end - start);
  const { bytes } = out;
  let at = out.at;
  for (let from = start; from < end; from++) bytes[at++] = source[from]!;
  out.at = at;
};

/** Finite floats are numbers; NaN and Infinity, which JSON has not, are strings. */
export const encodeFloat: Encoder = (out, source, start, end) => {
  const first = source[start] === DASH ? source[start + 1]! : source[start]!;
  if (first >= DIGIT_0 && first <= DIGIT_9) encodeRaw(out, source, start, end);
  else encodeQuoted(out, source, start, end);
};

export const encodeBoolean: Encoder = (out, source, start) => {
  out.constant(source[start] === 0x74 ? TRUE : FALSE);
};

/** Text that never needs an escape: numbers as strings, dates, uuids. */
export const encodeQuoted: Encoder = (out, source, start, end) => {
  out.reserve(end - start + 2);
  const { bytes } = out;
  let at = out.at;
  bytes[at++] = QUOTE;
  for (let from = start; from < end; from++) bytes[at++] = source[from]!;
  bytes[at++] = QUOTE;
  out.at = at;
};

/** Any text. Bytes above 0x7f are valid UTF-8 from the server, and JSON takes them as they are. */
export const encodeText: Encoder = (out, source, start, end) => {
  out.reserve(end - start + 2);
  const { bytes } = out;
  let at = out.at;
  bytes[at++] = QUOTE;
  for (let from = start; from < end; from++) {
    const byte = source[from]!;
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) {
      out.at = at;
      return encodeEscaped(out, source, from, end);
    }
    bytes[at++] = byte;
  }
  bytes[at++] = QUOTE;
  out.at = at;
};

const ESCAPES = Array.from({ length: 128 }, (_, byte) => {
  if (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH) return null;
  return Buffer.from(JSON.stringify(String.fromCharCode(byte)).slice(1, -1));
});

/** The rest of a text from its first byte that needs an escape, with the closing quote. */
function encodeEscaped(out: JsonBuffer, source: Buffer, start: number, end: number): void {
  let needed = 1;
  for (let from = start; from < end; from++) needed += ESCAPES[source[from]!]?.length ?? 1;
  out.reserve(needed);
  const { bytes } = out;
  let at = out.at;
  for (let from = start; from < end; from++) {
    const byte = source[from]!;
    const escape = byte < 128 ? ESCAPES[byte]! : null;
    if (escape === null) bytes[at++] = byte;
    else for (let index = 0; index < escape.length; index++) bytes[at++] = escape[index]!;
  }
  bytes[at++] = QUOTE;
  out.at = at;
}

/**
 * json and jsonb as sent. Inside its strings Postgres lets no raw control character pass, so each
 * one stands between tokens; a space there keeps an NDJSON line one line.
 */
export const encodeJson: Encoder = (out, source, start, end) => {
  out.reserve(end - start);
  const { bytes } = out;
  let at = out.at;
  for (let from = start; from < end; from++) {
    const byte = source[from]!;
    bytes[at++] = byte < SPACE ? SPACE : byte;
  }
  out.at = at;
};

const DATE_TIME_AT = 10;

/** `2026-01-01 12:00:00.5` with a `T`. `infinity`, BC and years past 9999 stay Postgres' text. */
export const encodeTimestamp: Encoder = (out, source, start, end) => {
  const from = out.at;
  encodeText(out, source, start, end);
  if (isIsoDateTime(source, start, end)) out.bytes[from + 1 + DATE_TIME_AT] = 0x54;
};

/** As a timestamp, its offset with minutes: `+00` reads `+00:00`. */
export const encodeTimestamptz: Encoder = (out, source, start, end) => {
  encodeTimestamp(out, source, start, end);
  if (!isIsoDateTime(source, start, end)) return;
  const sign = source[end - 3];
  if (sign !== 0x2b && sign !== DASH) return;
  out.at--;
  out.ascii(':00"');
};

function isIsoDateTime(source: Buffer, start: number, end: number): boolean {
  return (
    end - start >= 19 &&
    source[start + 4] === DASH &&
    source[start + 7] === DASH &&
    source[start + DATE_TIME_AT] === SPACE &&
    source[end - 1] !== 0x43
  );
}
