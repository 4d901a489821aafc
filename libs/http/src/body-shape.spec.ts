import { describe, expect, it } from 'vitest';
import { checkShape } from './body-shape';

const PADDING = `"${' '.repeat(20_000)}"`;
const check = (text: string) => () => checkShape(Buffer.from(text));

describe('A body', () => {
  it.each([
    ['many values', `[${'1,'.repeat(99_000)}1]`],
    ['commas and brackets inside a text', `["${',['.repeat(200_000)}"]`],
    ['quotes inside a text', `["${'\\",'.repeat(200_000)}"]`],
    ['a text that ends in backslashes', `["${'\\\\'.repeat(50_000)}",1]`],
    ['many objects, one after another', `[${'{},'.repeat(40_000)}1]`],
    ['a text that never ends', `["${','.repeat(200_000)}`],
  ])('of %s is taken', (_name, text) => {
    expect(check(text)).not.toThrow();
  });

  it.each([
    ['too many values', `[${'1,'.repeat(100_000)}1]`, /more than 100000 values/],
    ['too many keys', `{${'"a":1,'.repeat(100_000)}"a":1}`, /more than 100000 values/],
    ['too many after a quoted quote', `["\\"",${'1,'.repeat(100_000)}1]`, /values/],
    ['too many after a quoted backslash', `["\\\\",${'1,'.repeat(100_000)}1]`, /values/],
    ['too many lists', `[${'[],'.repeat(60_000)}1]`, /values/],
    ['lists too deep', '['.repeat(60_000), /nested more than 25000 deep/],
    ['objects too deep', '{"a":'.repeat(60_000), /nested more than 25000 deep/],
  ])('of %s is refused', (_name, text, message) => {
    expect(check(text)).toThrow(message);
    expect(check(`[${PADDING},${text}`)).toThrow(message);
  });

  it('is not looked at when it is short', () => {
    expect(check('['.repeat(16_000))).not.toThrow();
  });
});
