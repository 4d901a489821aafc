import { encodingChanged } from '../errors/request-error';
import type { Encoder } from './encode-value';
import { NULL, type JsonBuffer } from './json-buffer';

const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const OPEN_BOUNDS = 0x5b;
const CLOSE_BOUNDS = 0x5d;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Array text as nested JSON arrays: `{{1,2},{3,NULL}}`. Lower bounds (`[0:1]={1,2}`) are dropped,
 * as JSON has none. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 *
 * Postgres escapes before it converts to the client's encoding. In one whose characters may end in
 * the byte of a backslash (SJIS, BIG5) the text is no array any more, so no look-ahead goes past
 * the value's end.
 */
export function arrayEncoder(element: Encoder, delimiter: string): Encoder {
  const separator = delimiter.charCodeAt(0);
  return (out, source, start, end) => {
    let from = source[start] === OPEN_BOUNDS ? afterBounds(source, start, end) : start;
    while (from < end) {
      const byte = source[from]!;
      if (byte === OPEN) out.byte(OPEN_BOUNDS);
      else if (byte === CLOSE) out.byte(CLOSE_BOUNDS);
      else if (byte === separator) out.byte(COMMA);
      else {
        from =
          byte === QUOTE
            ? encodeQuotedElement(out, source, from + 1, end, element)
            : encodeBareElement(out, source, from, end, separator, element);
        continue;
      }
      from++;
    }
  };
}

function afterBounds(source: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) if (source[at] === EQUALS) return at + 1;
  throw encodingChanged();
}

function encodeBareElement(
  out: JsonBuffer,
  source: Buffer,
  start: number,
  arrayEnd: number,
  separator: number,
  element: Encoder,
): number {
  let end = start;
  while (end < arrayEnd && source[end] !== separator && source[end] !== CLOSE) end++;
  if (isNull(source, start, end)) out.constant(NULL);
  else element(out, source, start, end);
  return end;
}

/** Only bare NULL is SQL's NULL; the text NULL comes quoted. */
function isNull(source: Buffer, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    source[start] === 0x4e &&
    source[start + 1] === 0x55 &&
    source[start + 2] === 0x4c &&
    source[start + 3] === 0x4c
  );
}

function encodeQuotedElement(
  out: JsonBuffer,
  source: Buffer,
  start: number,
  arrayEnd: number,
  element: Encoder,
): number {
  let end = start;
  let escapes = 0;
  for (; end < arrayEnd && source[end] !== QUOTE; end++) {
    if (source[end] !== BACKSLASH) continue;
    escapes++;
    end++;
  }
  if (end >= arrayEnd) throw encodingChanged();
  if (escapes === 0) element(out, source, start, end);
  else {
    const plain = Buffer.allocUnsafe(end - start - escapes);
    for (let from = start, at = 0; from < end; from++) {
      if (source[from] === BACKSLASH) from++;
      plain[at++] = source[from]!;
    }
    element(out, plain, 0, plain.length);
  }
  return end + 1;
}
