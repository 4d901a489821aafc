import type { TypeInfo } from './builtin-types';
import type { Encoder } from './encode-value';
import { NULL, type JsonBuffer } from './json-buffer';

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

export interface Column {
  name: string;
  typeOid: number;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: RowDescription. */
export function readColumns(bytes: Buffer, start: number): Column[] {
  const columns: Column[] = [];
  let at = start + 2;
  for (let left = bytes.readUInt16BE(start); left > 0; left--) {
    const nameEnd = bytes.indexOf(0, at);
    columns.push({
      name: bytes.toString('utf8', at, nameEnd),
      typeOid: bytes.readUInt32BE(nameEnd + 7),
    });
    at = nameEnd + 19;
  }
  return columns;
}

/** How the rows of one result become JSON: everything about them that is the same in each row. */
export interface RowShape {
  /** The value of `fields`. */
  fieldsJson: string;
  /** What stands before each column's value: `{"id":`, then `,"name":`. */
  prefixes: Buffer[];
  encoders: Encoder[];
  open: number;
  close: number;
}

export function rowShape(
  columns: readonly Column[],
  types: readonly TypeInfo[],
  rowsAsArrays: boolean,
): RowShape {
  const fields = columns.map(({ name, typeOid }, index) => ({
    name,
    dataTypeID: typeOid,
    type: types[index]!.name,
  }));
  const label = (column: Column) => (rowsAsArrays ? '' : `${JSON.stringify(column.name)}:`);
  return {
    fieldsJson: JSON.stringify(fields),
    prefixes: columns.map((column, index) => Buffer.from((index > 0 ? ',' : '') + label(column))),
    encoders: types.map((type) => type.encode),
    open: rowsAsArrays ? OPEN_ARRAY : OPEN_OBJECT,
    close: rowsAsArrays ? CLOSE_ARRAY : CLOSE_OBJECT,
  };
}

/** Writes the DataRow at `start` as one JSON object or array. */
export function writeRow(shape: RowShape, out: JsonBuffer, bytes: Buffer, start: number): void {
  const { prefixes, encoders } = shape;
  let at = start + 2;
  out.byte(shape.open);
  for (let index = 0; index < encoders.length; index++) {
    out.constant(prefixes[index]!);
    const length =
      (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    at += 4;
    if (length < 0) {
      out.constant(NULL);
      continue;
    }
    encoders[index]!(out, bytes, at, at + length);
    at += length;
  }
  out.byte(shape.close);
}
