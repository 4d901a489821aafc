import { describe, expect, it } from 'vitest';
import { cancelRequest, frontendWriter } from './frontend-writer';

describe('frontendWriter', () => {
  it('writes a statement as Parse, Bind, Describe, Execute', () => {
    const bytes = frontendWriter().statement('select $1', ['ü', null], 501).sync().take();
    expect(bytes.toString('latin1')).toBe(
      'P\0\0\0\x11\0select $1\0\0\0' +
        'B\0\0\0\x16\0\0\0\0\0\x02\0\0\0\x02\xc3\xbc\xff\xff\xff\xff\0\0' +
        'D\0\0\0\x06P\0' +
        'E\0\0\0\x09\0\0\0\x01\xf5' +
        'S\0\0\0\x04',
    );
  });

  it('grows for a long statement and is small again after it', () => {
    const query = `select '${'😀'.repeat(100_000)}'`;
    expect(frontendWriter().query(query).take().length).toBe(Buffer.byteLength(query) + 6);
    expect(frontendWriter().sync().take()).toEqual(Buffer.from([0x53, 0, 0, 0, 4]));
  });

  it('forgets what was not taken', () => {
    frontendWriter().query('select of another');
    expect(frontendWriter().flush().take()).toEqual(Buffer.from([0x48, 0, 0, 0, 4]));
  });
});

it('asks to cancel in sixteen bytes', () => {
  expect(cancelRequest(7, -1).toString('hex')).toBe('0000001004d2162e00000007ffffffff');
});
