import type { Param } from '@howdah/contracts';
import { describe, expect, it } from 'vitest';
import { checkText, paramTexts } from './param-text';

describe('paramTexts', () => {
  it.each<[Param, string | null]>([
    ['text', 'text'],
    ['', ''],
    [null, null],
    [true, 'true'],
    [false, 'false'],
    [1.5, '1.5'],
    [-0, '0'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [{ a: [1, 'x'] }, '{"a":[1,"x"]}'],
    [[], '{}'],
    [[1, null, 'NULL', ''], '{1,null,"NULL",""}'],
    [[[1, 2.5], [-0]], '{{1,2.5},{0}}'],
    [[[], ['']], '{{},{""}}'],
    [[null, ['a"b']], '{null,{"a\\"b"}}'],
    [['a\nb\t', 'c\\n', '\u001f', 'd"\u2028'], '{"a\nb\t","c\\\\n","\u001f","d\\"\u2028"}'],
    [['a"b', 'c\\d', 'e,f', '{g}'], '{"a\\"b","c\\\\d","e,f","{g}"}'],
    [[{ a: 'x"y' }, true], '{"{\\"a\\":\\"x\\\\\\"y\\"}","true"}'],
    ['日本😀', '日本😀'],
  ])('%j is sent as %j', (param, text) => {
    expect(paramTexts([param], 'params')).toEqual([text]);
  });

  it.each<[Param, string]>([
    [2 ** 53, 'invalid_request'],
    [1e300, 'invalid_request'],
    [[2 ** 60], 'invalid_request'],
    [Infinity, 'invalid_request'],
    ['a\0b', 'invalid_text'],
    [['a\0b'], 'invalid_text'],
    ['\ud83d', 'invalid_text'],
  ])('%j is refused as %s, with its place', (param, code) => {
    const refused = expect.objectContaining({ code, message: expect.stringContaining('params.1') });
    expect(() => paramTexts(['x', param], 'params')).toThrow(refused);
  });

  it.each<[Param, string]>([
    [[1, [2 ** 60]], 'params.0.1.0 is a number'],
    [{ a: { b: [1, -(2 ** 53)] } }, 'params.0.a.b.1 is a number'],
    [[{ a: 1e308 * 10 }], 'params.0.0.a is a number'],
  ])('%j is refused with the place of its number', (param, message) => {
    expect(() => paramTexts([param], 'params')).toThrow(message);
  });

  it.each(['[', '{"a":'])('takes %s 1,000 deep and no deeper', (open) => {
    const nested = (depth: number) =>
      JSON.parse(open.repeat(depth) + '1' + (open === '[' ? ']' : '}').repeat(depth)) as Param;
    expect(() => paramTexts([nested(1_000)], 'params')).not.toThrow();
    for (const depth of [1_001, 100_000]) {
      expect(() => paramTexts([nested(depth)], 'params')).toThrow('params.0 is nested');
    }
  });

  it('takes 65,535 parameters and no more', () => {
    expect(paramTexts(Array(65_535).fill('x'), 'params')).toHaveLength(65_535);
    expect(() => paramTexts(Array(65_536).fill('x'), 'params')).toThrow(
      expect.objectContaining({ code: 'too_many_parameters' }),
    );
  });
});

describe('checkText', () => {
  it('takes whole surrogate pairs', () => {
    expect(() => checkText("select '😀'", 'query')).not.toThrow();
  });
});
