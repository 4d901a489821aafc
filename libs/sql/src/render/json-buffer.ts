const FIRST_BYTES = 32 * 1024;
/** A larger buffer is given away with its answer rather than kept for the next. */
const KEPT_BYTES = 512 * 1024;

/**
 * Bytes of JSON as they grow. Each connection keeps one and uses it for answer after answer.
 * Encoders write to `bytes` at `at` directly, after `reserve`: a call a byte would cost more than
 * all the rest.
 */
export class JsonBuffer {
  bytes: Buffer;
  at = 0;

  constructor(firstBytes = FIRST_BYTES) {
    this.bytes = Buffer.allocUnsafe(firstBytes);
  }

  reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.grow(count);
  }

  ascii(text: string): void {
    this.reserve(text.length);
    this.at += this.bytes.write(text, this.at, 'latin1');
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
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  private grow(count: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.at + count, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}
