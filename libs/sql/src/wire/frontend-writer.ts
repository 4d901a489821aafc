const KEPT_BYTES = 64 * 1024;

/**
 * The process's writer, empty. Between this call and `take()` nothing may await: another request
 * would write into the same message.
 */
export function frontendWriter(): FrontendWriter {
  return shared.reset();
}

/**
 * Frontend messages of the Postgres protocol, version 3, gathered so that a request is one socket
 * write. Parameters and results are text, and the types of parameters are left to the server.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class FrontendWriter {
  private buffer = Buffer.allocUnsafe(KEPT_BYTES);
  private at = 0;

  /** A whole statement: the unnamed statement and portal, described, run for at most `rowsMax` rows (0: all). */
  statement(query: string, params: readonly (string | null)[], rowsMax: number): this {
    return this.parse(query).bind(params, '').describe('').execute('', rowsMax);
  }

  /** A statement without result, such as COMMIT. */
  command(query: string): this {
    return this.parse(query).bind([], '').execute('', 0);
  }

  /**
   * Opens the transaction of a plan. Once a read-only one has a snapshot, which to parse a query
   * takes, Postgres lets nobody make it READ WRITE.
   */
  begin(query: string, readOnly: boolean): this {
    this.command(query);
    return readOnly ? this.parse('SELECT 1') : this;
  }

  parse(query: string): this {
    this.reserve(query.length * 3 + 16);
    const lengthAt = this.open(0x50);
    this.buffer[this.at++] = 0;
    this.text(query);
    this.int16(0);
    return this.shut(lengthAt);
  }

  bind(params: readonly (string | null)[], portal: string): this {
    let bytes = portal.length * 3 + 32;
    for (const param of params) bytes += 4 + (param === null ? 0 : param.length * 3);
    this.reserve(bytes);
    const lengthAt = this.open(0x42);
    this.text(portal);
    this.buffer[this.at++] = 0;
    this.int16(0);
    this.int16(params.length);
    for (const param of params) this.value(param);
    this.int16(0);
    return this.shut(lengthAt);
  }

  describe(portal: string): this {
    this.reserve(portal.length * 3 + 16);
    const lengthAt = this.open(0x44);
    this.buffer[this.at++] = 0x50;
    this.text(portal);
    return this.shut(lengthAt);
  }

  execute(portal: string, rowsMax: number): this {
    this.reserve(portal.length * 3 + 16);
    const lengthAt = this.open(0x45);
    this.text(portal);
    this.int32(rowsMax);
    return this.shut(lengthAt);
  }

  flush(): this {
    this.reserve(8);
    return this.shut(this.open(0x48));
  }

  sync(): this {
    this.reserve(8);
    return this.shut(this.open(0x53));
  }

  /** The simple protocol; only for commands of our own. */
  query(text: string): this {
    this.reserve(text.length * 3 + 16);
    const lengthAt = this.open(0x51);
    this.text(text);
    return this.shut(lengthAt);
  }

  /** Messages made earlier. */
  append(messages: Buffer): this {
    this.reserve(messages.length);
    this.at += messages.copy(this.buffer, this.at);
    return this;
  }

  /** Forgets what an encoding that threw has left. */
  reset(): this {
    this.at = 0;
    return this;
  }

  /** The gathered bytes, as a copy: the socket may hold on to them after this writer goes on. */
  take(): Buffer {
    const bytes = Buffer.from(this.buffer.subarray(0, this.at));
    this.at = 0;
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafe(KEPT_BYTES);
    return bytes;
  }

  private open(type: number): number {
    this.buffer[this.at++] = type;
    this.at += 4;
    return this.at - 4;
  }

  private shut(lengthAt: number): this {
    this.buffer.writeInt32BE(this.at - lengthAt, lengthAt);
    return this;
  }

  private value(param: string | null): void {
    if (param === null) return this.int32(-1);
    const written = this.buffer.write(param, this.at + 4, 'utf8');
    this.int32(written);
    this.at += written;
  }

  private text(value: string): void {
    this.at += this.buffer.write(value, this.at, 'utf8');
    this.buffer[this.at++] = 0;
  }

  private int16(value: number): void {
    this.at = this.buffer.writeUInt16BE(value, this.at);
  }

  private int32(value: number): void {
    this.at = this.buffer.writeInt32BE(value, this.at);
  }

  private reserve(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}

const shared = new FrontendWriter();

const CANCEL_REQUEST_CODE = 80877102;

/** Asks the postmaster, over a connection of its own, to cancel what a backend runs. */
export function cancelRequest(processId: number, secretKey: number): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeInt32BE(16, 0);
  bytes.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  bytes.writeInt32BE(processId, 8);
  bytes.writeInt32BE(secretKey, 12);
  return bytes;
}

/** Terminate: the polite end of a connection. */
export const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
