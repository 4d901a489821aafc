const FIRST_BYTES = 32 * 1024;
/** A larger buffer is given away with its answer rather than kept for the next. */
const KEPT_BYTES = 512 * 1024;
/** Longer text is written faster by Node than by a loop. */
const NATIVE_FROM = 32;

export const NULL = Buffer.from('null');
export const TRUE = Buffer.from('true');
export const FALSE = Buffer.from('false');

/** Thrown where `limit` is passed. One for all: it says nothing but that. */
export const OVERFLOW = new Error('More bytes than the limit');

/**
 * Bytes of JSON as they grow. Each connection keeps one and uses it for answer after answer.
 * Encoders write to `bytes` at `at` directly, after `reserve`: a call a byte would cost more than
 * all the rest.
 */
export class JsonBuffer {
  bytes: Buffer;
  at = 0;
  /**
   * Growing past it throws `OVERFLOW`, so that one value of many megabytes is not encoded only to be
   * thrown away. Not exact: what fits without growing is written.
   */
  limit = Infinity;

  constructor(firstBytes = FIRST_BYTES) {
    this.bytes = Buffer.allocUnsafe(firstBytes);
  }

  reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.grow(count);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** A few bytes: a loop is faster than a copy. */
  constant(source: Buffer): void {
    this.reserve(source.length);
    const { bytes } = this;
    let { at } = this;
    for (let index = 0; index < source.length; index++) bytes[at++] = source[index]!;
    this.at = at;
  }

  /** Mostly a comma, a sign, a few letters: for those a loop is faster than a native call. */
  ascii(text: string): void {
    this.reserve(text.length);
    if (text.length > NATIVE_FROM) {
      this.at += this.bytes.write(text, this.at, 'latin1');
      return;
    }
    const { bytes } = this;
    let { at } = this;
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.at = at;
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.at += this.bytes.write(text, this.at, 'utf8');
  }

  copy(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    this.at += source.copy(this.bytes, this.at, start, end);
  }

  /** All bytes so far; the buffer is empty after it. */
  take(): Buffer {
    const written = this.bytes.subarray(0, this.at);
    this.at = 0;
    if (this.bytes.length <= KEPT_BYTES) return Buffer.from(written);
    this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
    return written;
  }

  clear(): void {
    this.at = 0;
    this.limit = Infinity;
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  private grow(count: number): void {
    const needed = this.at + count;
    if (needed > this.limit) throw OVERFLOW;
    const doubled = Math.min(this.bytes.length * 2, this.limit);
    const larger = Buffer.allocUnsafe(Math.max(needed, doubled));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}
