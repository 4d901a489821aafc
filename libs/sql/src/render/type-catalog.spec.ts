import { describe, expect, it } from 'vitest';
import { JsonBuffer } from './json-buffer';
import { TypeCatalog } from './type-catalog';

function encode(catalog: TypeCatalog, oid: number, text: string): string {
  const out = new JsonBuffer();
  const source = Buffer.from(text);
  catalog.get(oid).encode(out, source, 0, source.length);
  return out.take().toString();
}

describe('TypeCatalog', () => {
  it('asks once for what is not built in', () => {
    const catalog = new TypeCatalog();
    expect(catalog.missing([23, 20_001, 20_001, 20_002])).toEqual([20_001, 20_002]);
    catalog.learn([20_001, 20_002], [['20001', 'mood', null, null]]);
    expect(catalog.missing([20_001, 20_002])).toEqual([]);
    expect(catalog.get(20_001).name).toBe('mood');
  });

  it('reads arrays by their elements, domains by their base type', () => {
    const catalog = new TypeCatalog();
    catalog.learn(
      [20_003, 20_004],
      [
        ['20003', '_mood', ',', '20001'],
        ['20004', '_positive', ',', '23'],
      ],
    );
    expect(encode(catalog, 20_003, '{sad,NULL}')).toBe('["sad",null]');
    expect(encode(catalog, 20_004, '{1,2}')).toBe('[1,2]');
  });

  it('treats a type that was dropped meanwhile as text', () => {
    const catalog = new TypeCatalog();
    catalog.learn([20_005], []);
    expect(catalog.get(20_005).name).toBe('unknown');
    expect(encode(catalog, 20_005, '{a}')).toBe('"{a}"');
  });
});
