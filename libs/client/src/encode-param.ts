/** What `query` takes for `$1`: JSON's values and those that have an exact text in Postgres. */
export type QueryParam =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly QueryParam[]
  | { readonly [key: string]: unknown };

/**
 * A parameter as JSON can carry it without loss. JSON itself would turn `undefined`, NaN and an
 * invalid date into null, bytes into an object of numbers, and refuse a bigint.
 *
 * @param at how to call the parameter in an error: `params[0]`
 * @throws TypeError for what Postgres could not be told
 */
export function encodeParam(value: unknown, at: string): unknown {
  if (value === undefined) throw new TypeError(`${at} is undefined; for NULL send null.`);
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new TypeError(`${at} is a ${typeof value}, which SQL has no value for.`);
  }
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) {
    return Array.from(value, (element, index) => encodeParam(element, `${at}[${index}]`));
  }
  if (value instanceof Uint8Array) return hex(value);
  if (value instanceof Date) return isoText(value, at);
  return value;
}

function isoText(date: Date, at: string): string {
  if (Number.isNaN(date.getTime())) throw new TypeError(`${at} is an invalid Date.`);
  return date.toISOString();
}

/** bytea's input format: https://www.postgresql.org/docs/current/datatype-binary.html */
function hex(bytes: Uint8Array): string {
  return `\\x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
