import { describe, expect, it } from 'vitest';
import { MessageFramer, SMALL_MESSAGE_BYTES } from './message-framer';

function message(type: string, payload: Buffer | string): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(5);
  header.write(type, 0, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

function framer(wanted = Infinity) {
  const seen: string[] = [];
  let skipped = 0;
  const push = new MessageFramer({
    discard: (bytes) => (skipped += bytes),
    wants: (_type, length) => Math.min(wanted, length),
    message: (type, bytes, start, end) => {
      const text = end - start > 20 ? `${end - start} bytes` : bytes.toString('utf8', start, end);
      seen.push(`${String.fromCharCode(type)}:${text}`);
    },
  });
  return { seen, skipped: () => skipped, push: (chunk: Buffer) => push.push(chunk) };
}

describe('MessageFramer', () => {
  const stream = Buffer.concat([
    message('1', ''),
    message('T', 'columns'),
    message('D', 'ü😀'),
    message('Z', 'I'),
  ]);
  const whole = ['1:', 'T:columns', 'D:ü😀', 'Z:I'];

  it('finds the same messages wherever the stream is cut in two', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const { seen, push } = framer();
      push(stream.subarray(0, cut));
      push(stream.subarray(cut));
      expect(seen).toEqual(whole);
    }
  });

  it('finds them byte by byte', () => {
    const { seen, push } = framer();
    for (const byte of stream) push(Buffer.of(byte));
    expect(seen).toEqual(whole);
  });

  it('lets a long message pass that is not wanted, and finds the next', () => {
    const long = Buffer.concat([message('D', Buffer.alloc(SMALL_MESSAGE_BYTES * 3)), stream]);
    for (const size of [7, 1_000, 65_536, long.length]) {
      const { seen, skipped, push } = framer(0);
      for (let at = 0; at < long.length; at += size) push(long.subarray(at, at + size));
      // What arrives whole is handed on as it is.
      expect(skipped()).toBe(size < long.length ? SMALL_MESSAGE_BYTES * 3 : 0);
      expect(seen.slice(1)).toEqual(whole);
      expect(seen[0]).toMatch(/^D:/);
    }
  });

  it('gives the wanted beginning of a long message', () => {
    const { seen, push } = framer(100);
    const long = message('E', Buffer.alloc(SMALL_MESSAGE_BYTES + 1));
    push(long.subarray(0, 50));
    push(Buffer.concat([long.subarray(50), message('Z', 'I')]));
    expect(seen).toEqual(['E:100 bytes', 'Z:I']);
  });

  it('refuses a negative length', () => {
    const { push } = framer();
    expect(() => push(Buffer.from([0x44, 0, 0, 0, 1]))).toThrow('negative length');
  });
});
