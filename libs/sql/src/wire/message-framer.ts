/** Messages up to this size are always buffered; longer ones only as far as the receiver wants. */
export const SMALL_MESSAGE_BYTES = 64 * 1024;

export interface MessageReceiver {
  /** Asked of a long message before it is buffered: how many of its bytes are wanted. */
  wants(type: number, length: number): number;
  /**
   * One message; its payload is `bytes[start, end)` and may be read only until the call returns.
   * Of a long message the payload ends where `wants` said.
   */
  message(type: number, bytes: Buffer, start: number, end: number): void;
  /** That many bytes of a long message passed unread. */
  discard(bytes: number): void;
}

const HEADER_BYTES = 5;

/**
 * Cuts a byte stream into protocol messages. What arrives whole is handed on in place, without a
 * copy; a message that is not wanted passes through without being held, whatever its size.
 */
export class MessageFramer {
  private readonly header = Buffer.allocUnsafe(HEADER_BYTES);
  private headerBytes = 0;
  private type = 0;
  private body: Buffer | null = null;
  private bodyBytes = 0;
  private skipBytes = 0;

  constructor(private readonly receiver: MessageReceiver) {}

  push(chunk: Buffer): void {
    let at = this.resume(chunk);
    const end = chunk.length;
    while (at + HEADER_BYTES <= end) {
      const length = payloadLength(chunk, at);
      const bodyEnd = at + HEADER_BYTES + length;
      if (bodyEnd <= end) {
        this.receiver.message(chunk[at]!, chunk, at + HEADER_BYTES, bodyEnd);
      } else {
        this.begin(chunk[at]!, length);
        this.fill(chunk, at + HEADER_BYTES);
        return;
      }
      at = bodyEnd;
    }
    if (at < end) this.headerBytes = chunk.copy(this.header, 0, at, end);
  }

  /** Ends what an earlier chunk began; answers where the next message starts. */
  private resume(chunk: Buffer): number {
    if (this.body !== null) return this.fill(chunk, 0);
    if (this.headerBytes === 0) return 0;
    const copied = chunk.copy(this.header, this.headerBytes, 0, HEADER_BYTES - this.headerBytes);
    this.headerBytes += copied;
    if (this.headerBytes < HEADER_BYTES) return copied;
    this.headerBytes = 0;
    this.begin(this.header[0]!, payloadLength(this.header, 0));
    return this.fill(chunk, copied);
  }

  private begin(type: number, length: number): void {
    const wanted =
      length <= SMALL_MESSAGE_BYTES ? length : Math.min(length, this.receiver.wants(type, length));
    this.type = type;
    this.body = Buffer.allocUnsafe(wanted);
    this.bodyBytes = 0;
    this.skipBytes = length - wanted;
  }

  private fill(chunk: Buffer, from: number): number {
    const body = this.body!;
    const copied = chunk.copy(body, this.bodyBytes, from);
    this.bodyBytes += copied;
    if (this.bodyBytes < body.length) return from + copied;
    const skipped = Math.min(this.skipBytes, chunk.length - from - copied);
    this.skipBytes -= skipped;
    if (skipped > 0) this.receiver.discard(skipped);
    if (this.skipBytes > 0) return chunk.length;
    this.body = null;
    this.receiver.message(this.type, body, 0, body.length);
    return from + copied + skipped;
  }
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at + 1) - 4;
  if (length < 0) throw new Error('Postgres sent a message of negative length');
  return length;
}
