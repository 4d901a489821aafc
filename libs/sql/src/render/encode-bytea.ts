import type { Encoder } from './encode-value';
import type { JsonBuffer } from './json-buffer';

const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const HEX = new Uint8Array(256);
for (let value = 0; value < 16; value++) {
  HEX['0123456789abcdef'.charCodeAt(value)] = value;
  HEX['0123456789ABCDEF'.charCodeAt(value)] = value;
}
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PADDING = 0x3d;

/** bytea as a base64 string, from either of Postgres' two text formats. */
export const encodeBytea: Encoder = (out, source, start, end) => {
  if (source[start] === BACKSLASH && source[start + 1] === 0x78) {
    hexToBase64(out, source, start + 2, end);
  } else {
    out.ascii(`"${unescapeBytea(source, start, end).toString('base64')}"`);
  }
};

function hexToBase64(out: JsonBuffer, source: Buffer, start: number, end: number): void {
  out.reserve(Math.ceil((end - start) / 6) * 4 + 2);
  const { bytes } = out;
  let at = out.at;
  let from = start;
  bytes[at++] = QUOTE;
  for (; from + 6 <= end; from += 6) {
    const high = byteAt(source, from);
    const middle = byteAt(source, from + 2);
    const low = byteAt(source, from + 4);
    bytes[at++] = BASE64[high >> 2]!;
    bytes[at++] = BASE64[((high & 3) << 4) | (middle >> 4)]!;
    bytes[at++] = BASE64[((middle & 15) << 2) | (low >> 6)]!;
    bytes[at++] = BASE64[low & 63]!;
  }
  if (from < end) {
    const high = byteAt(source, from);
    const middle = from + 4 <= end ? byteAt(source, from + 2) : 0;
    bytes[at++] = BASE64[high >> 2]!;
    bytes[at++] = BASE64[((high & 3) << 4) | (middle >> 4)]!;
    bytes[at++] = from + 4 <= end ? BASE64[(middle & 15) << 2]! : PADDING;
    bytes[at++] = PADDING;
  }
  bytes[at++] = QUOTE;
  out.at = at;
}

function byteAt(source: Buffer, at: number): number {
  return (HEX[source[at]!]! << 4) | HEX[source[at + 1]!]!;
}

/** The escape format, which a session may have chosen: `\\` and `\ooo` beside plain bytes. */
function unescapeBytea(source: Buffer, start: number, end: number): Buffer {
  const plain = Buffer.allocUnsafe(end - start);
  let at = 0;
  for (let from = start; from < end; from++) {
    if (source[from] !== BACKSLASH) plain[at++] = source[from]!;
    else if (source[from + 1] === BACKSLASH) plain[at++] = source[++from]!;
    else {
      plain[at++] = parseInt(source.toString('latin1', from + 1, from + 4), 8);
      from += 3;
    }
  }
  return plain.subarray(0, at);
}
