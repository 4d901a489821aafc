import type { Encoder } from './encode-value';
import type { JsonBuffer } from './json-buffer';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Array text as nested JSON arrays: `{{1,2},{3,NULL}}`. Lower bounds (`[0:1]={1,2}`) are dropped,
 * as JSON has none. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function arrayEncoder(element: Encoder, delimiter: string): Encoder {
  const separator = delimiter.charCodeAt(0);
  return (out, source, start, end) => {
    let from = source[start] === 0x5b ? source.indexOf(0x3d, start) + 1 : start;
    while (from < end) {
      const byte = source[from]!;
      if (byte === OPEN) out.ascii('[');
      else if (byte === CLOSE) out.ascii(']');
      else if (byte === separator) out.ascii(',');
      else {
        from =
          byte === QUOTE
            ? encodeQuotedElement(out, source, from + 1, element)
            : encodeBareElement(out, source, from, separator, element);
        continue;
      }
      from++;
    }
  };
}

function encodeBareElement(
  out: JsonBuffer,
  source: Buffer,
  start: number,
  separator: number,
  element: Encoder,
): number {
  let end = start;
  while (source[end] !== separator && source[end] !== CLOSE) end++;
  if (isNull(source, start, end)) out.ascii('null');
  else element(out, source, start, end);
  return end;
}

/** Only bare NULL is SQL's NULL; the text NULL comes quoted. */
function isNull(source: Buffer, start: number, end: number): boolean {
  return end - start === 4 && source.toString('latin1', start, end) === 'NULL';
}

function encodeQuotedElement(
  out: JsonBuffer,
  source: Buffer,
  start: number,
  element: Encoder,
): number {
  let end = start;
  let escapes = 0;
  for (; source[end] !== QUOTE; end++) {
    if (source[end] !== BACKSLASH) continue;
    escapes++;
    end++;
  }
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
