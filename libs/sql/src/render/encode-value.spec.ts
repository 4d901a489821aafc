import { describe, expect, it } from 'vitest';
import { builtinType } from './builtin-types';
import { JsonBuffer, OVERFLOW } from './json-buffer';

const OIDS = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int4: 23,
  text: 25,
  json: 114,
  float8: 701,
  box_array: 1020,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  jsonb: 3802,
  int2vector: 22,
  int4_array: 1007,
  text_array: 1009,
  bytea_array: 1001,
  int8_array: 1016,
  numeric_array: 1231,
  timestamptz_array: 1185,
  jsonb_array: 3807,
} as const;

function encode(type: keyof typeof OIDS, text: string): string {
  // One byte to begin with, so that every encoder is seen to reserve what it writes.
  const out = new JsonBuffer(1);
  const source = Buffer.from(`<<${text}>>`);
  builtinType(OIDS[type])!.encode(out, source, 2, source.length - 2);
  return out.take().toString();
}

describe('encoders', () => {
  it.each<[keyof typeof OIDS, string, string]>([
    ['int4', '-42', '-42'],
    ['float8', '1e+20', '1e+20'],
    ['float8', '-0', '-0'],
    ['float8', '-1.5', '-1.5'],
    ['float8', 'NaN', '"NaN"'],
    ['float8', 'Infinity', '"Infinity"'],
    ['float8', '-Infinity', '"-Infinity"'],
    ['bool', 't', 'true'],
    ['bool', 'f', 'false'],
    ['int8', '9007199254740993', '"9007199254740993"'],
    ['numeric', '12.50', '"12.50"'],
    ['numeric', 'NaN', '"NaN"'],
    ['jsonb', '{"a": 9007199254740993}', '{"a": 9007199254740993}'],
    ['json', '{\r\n\t"a":\n1}', '{   "a": 1}'],
    ['json', 'null', 'null'],
    ['text', '', '""'],
    ['text', 'a"b\\c', '"a\\"b\\\\c"'],
    ['text', '\b\f\n\r\t\u0001\u001f\u007f', '"\\b\\f\\n\\r\\t\\u0001\\u001f\u007f"'],
    ['text', '日本 ü 😀 \u2028', '"日本 ü 😀 \u2028"'],
    ['text', '日"本', '"日\\"本"'],
    ['date', '2026-01-01', '"2026-01-01"'],
    ['interval', '1 day 02:00:00', '"1 day 02:00:00"'],
    ['timestamp', '2026-01-01 12:00:00', '"2026-01-01T12:00:00"'],
    ['timestamp', '2026-01-01 12:00:00.123456', '"2026-01-01T12:00:00.123456"'],
    ['timestamp', 'infinity', '"infinity"'],
    ['timestamp', '0044-03-15 00:00:00 BC', '"0044-03-15 00:00:00 BC"'],
    ['timestamp', '10000-01-01 00:00:00', '"10000-01-01 00:00:00"'],
    ['timestamp', '01.01.2026 12:00:00', '"01.01.2026 12:00:00"'],
    ['timestamptz', '2026-01-01 12:00:00.5+00', '"2026-01-01T12:00:00.5+00:00"'],
    ['timestamptz', '2026-01-01 12:00:00-08', '"2026-01-01T12:00:00-08:00"'],
    ['timestamptz', '2026-01-01 12:00:00+05:30', '"2026-01-01T12:00:00+05:30"'],
    ['timestamptz', '1850-01-01 00:53:28+00:53:28', '"1850-01-01T00:53:28+00:53:28"'],
    ['timestamptz', '-infinity', '"-infinity"'],
    ['bytea', '\\x', '""'],
    ['bytea', '\\x00', '"AA=="'],
    ['bytea', '\\x00ff', '"AP8="'],
    ['bytea', '\\x00ff10', '"AP8Q"'],
    ['bytea', '\\x00FF10aB', '"AP8Qqw=="'],
    ['bytea', '\\000\\377\\\\A', '"AP9cQQ=="'],
    ['int2vector', '1 2', '"1 2"'],
  ])('%s %j is %s', (type, text, json) => {
    expect(encode(type, text)).toBe(json);
  });

  it.each<[keyof typeof OIDS, string, string]>([
    ['int4_array', '{}', '[]'],
    ['int4_array', '{1,NULL,-3}', '[1,null,-3]'],
    ['int4_array', '{{1,2},{3,4}}', '[[1,2],[3,4]]'],
    ['int4_array', '[0:1]={1,2}', '[1,2]'],
    ['int4_array', '[-1:0][2:3]={{1,2},{3,4}}', '[[1,2],[3,4]]'],
    ['text_array', '{"NULL",NULL,null,nul}', '["NULL",null,"null","nul"]'],
    ['text_array', '{"a\\"b","c\\\\d","e,f","{g}",""}', '["a\\"b","c\\\\d","e,f","{g}",""]'],
    ['text_array', '{日本,"😀 x"}', '["日本","😀 x"]'],
    ['int8_array', '{9007199254740993}', '["9007199254740993"]'],
    ['numeric_array', '{1.50,NaN}', '["1.50","NaN"]'],
    ['bytea_array', '{"\\\\x00ff"}', '["AP8="]'],
    ['jsonb_array', '{"{\\"a\\": 9007199254740993}"}', '[{"a": 9007199254740993}]'],
    ['timestamptz_array', '{"2026-01-01 00:00:00+00"}', '["2026-01-01T00:00:00+00:00"]'],
    ['box_array', '{(1,1),(0,0);(2,2),(1,1)}', '["(1,1),(0,0)","(2,2),(1,1)"]'],
  ])('%s %j is %s', (type, text, json) => {
    expect(encode(type, text)).toBe(json);
  });

  it.each(['{"a', '{"a\\"', '{"a\\', '[0:1', 'ab', '{a'])(
    'text that is no array is read to its end and no further: %j',
    (text) => {
      const read = () => encode('text_array', text);
      if (text.includes('"') || text.startsWith('[')) expect(read).toThrow('client_encoding');
      else expect(read()).not.toContain('>');
    },
  );

  it('stop at the limit of their buffer', () => {
    const out = new JsonBuffer(1);
    out.limit = 100;
    const source = Buffer.from(`{${'NULL,'.repeat(1_000)}NULL}`);
    const encodeAll = () => builtinType(OIDS.int4_array)!.encode(out, source, 0, source.length);
    expect(encodeAll).toThrow(OVERFLOW);
    expect(out.at).toBeLessThanOrEqual(100);
  });
});
