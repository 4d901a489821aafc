import { builtinType, type TypeInfo } from './builtin-types';
import { arrayEncoder } from './encode-array';
import { encodeText } from './encode-value';

const FRESH_MS = 60_000;
const UNKNOWN: TypeInfo = { name: 'unknown', encode: encodeText };

/**
 * Names and shapes of types by object id. All names are qualified, operators too: the query may
 * run in the tenant's transaction, under its search_path. An array's element may be a domain,
 * whose values look like its base type's.
 */
export const TYPES_QUERY = `
  select t.oid, t.typname, e.typdelim,
         case when e.typtype operator(pg_catalog.=) 'd' then e.typbasetype else e.oid end
    from pg_catalog.pg_type t
    left join pg_catalog.pg_type e
      on e.oid operator(pg_catalog.=) t.typelem
     and t.typcategory operator(pg_catalog.=) 'A' and t.typlen operator(pg_catalog.=) -1
   where t.oid operator(pg_catalog.=) any($1::pg_catalog.oid[])`;

/** One row of `TYPES_QUERY`: oid, name, element's delimiter, element's oid. */
export type TypeRow = readonly (string | null)[];

/** The types one database has beyond the built-in ones. Forgotten after a minute: they can be dropped. */
export class TypeCatalog {
  private readonly types = new Map<number, TypeInfo>();
  private freshUntil = 0;

  /** A type nobody knows (dropped since its value was read) is text. */
  get(oid: number): TypeInfo {
    return builtinType(oid) ?? this.types.get(oid) ?? UNKNOWN;
  }

  /** Those that `learn` must be told of before `get`. */
  missing(oids: readonly number[]): number[] {
    const unknown = oids.filter((oid) => builtinType(oid) === undefined);
    if (unknown.length === 0) return unknown;
    if (performance.now() > this.freshUntil) this.types.clear();
    return [...new Set(unknown.filter((oid) => !this.types.has(oid)))];
  }

  learn(asked: readonly number[], rows: readonly TypeRow[]): void {
    if (this.types.size === 0) this.freshUntil = performance.now() + FRESH_MS;
    for (const oid of asked) this.types.set(oid, UNKNOWN);
    for (const [oid, name, delimiter, element] of rows) {
      const elementEncoder = element === null ? null : this.elementEncoder(Number(element));
      const encode = elementEncoder ? arrayEncoder(elementEncoder, delimiter ?? ',') : encodeText;
      this.types.set(Number(oid), { name: name ?? UNKNOWN.name, encode });
    }
  }

  private elementEncoder(oid: number) {
    return builtinType(oid)?.encode ?? encodeText;
  }
}
