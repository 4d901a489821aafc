import { describe, expect, it } from 'vitest';
import { encodeParam } from './encode-param';

const day = new Date('2024-02-29T12:34:56.789Z');

describe('a parameter', () => {
  it.each<[string, unknown, unknown]>([
    ['text stays as it is', "Robert'); drop", "Robert'); drop"],
    ['a number stays a number', 1.5, 1.5],
    ['null is NULL', null, null],
    ['false is a boolean', false, false],
    ['a bigint is text, since JSON has none', 2n ** 63n - 1n, '9223372036854775807'],
    ['a date is ISO 8601 in UTC', day, '2024-02-29T12:34:56.789Z'],
    ['bytes are hex', new Uint8Array([0, 1, 171, 255]), '\\x0001abff'],
    ['no bytes are no bytes', new Uint8Array(), '\\x'],
    ['a slice of a buffer is that slice', new Uint8Array([1, 2, 3]).subarray(1, 2), '\\x02'],
    ['NaN is not null', NaN, 'NaN'],
    ['nor is Infinity', -Infinity, '-Infinity'],
    [
      'elements of an array are parameters too',
      [1n, day, [NaN]],
      ['1', day.toISOString(), ['NaN']],
    ],
    ['an object is JSON', { a: [1, { b: null }] }, { a: [1, { b: null }] }],
  ])('%s', (_name, value, sent) => {
    expect(encodeParam(value, 'params[0]')).toEqual(sent);
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'params[0] is undefined; for NULL send null.'],
    ['undefined in an array', [1, undefined], 'params[0][1] is undefined'],
    ['a hole in an array', Object.assign([], { length: 1 }), 'params[0][0] is undefined'],
    ['an invalid date', new Date('yesterday'), 'params[0] is an invalid Date.'],
    ['a function', () => 1, 'params[0] is a function'],
    ['a symbol', Symbol('x'), 'params[0] is a symbol'],
  ])('refuses %s and says where it stands', (_name, value, message) => {
    expect(() => encodeParam(value, 'params[0]')).toThrow(TypeError);
    expect(() => encodeParam(value, 'params[0]')).toThrow(message);
  });
});
