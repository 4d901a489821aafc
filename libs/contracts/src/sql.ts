import { z } from 'zod';

/** One parameter as JSON can say it. Objects are sent as JSON text, arrays as Postgres arrays. */
export type Param = string | number | boolean | null | Param[] | { [key: string]: unknown };
const Param = z.custom<Param>((value) => value !== undefined);

const statement = {
  query: z.string().min(1, 'must hold a statement'),
  params: z.array(Param).default([]),
  /** Rows as objects by column name, or as arrays in column order. */
  rowMode: z.enum(['object', 'array']).default('object'),
  /** Over the plan's rows: give those that fit and say so, or fail and undo. */
  onLimit: z.enum(['truncate', 'error']).default('truncate'),
};

/** One statement: `POST {db}/sql {query, params?, rowMode?, onLimit?}`. */
export const Statement = z.strictObject(statement);
export type Statement = z.output<typeof Statement>;

/** Statements that all happen or none: `POST {db}/sql {queries: […]}`. */
export const Batch = z.strictObject({
  queries: z.array(Statement).min(1).max(100),
  isolation: z
    .enum(['read uncommitted', 'read committed', 'repeatable read', 'serializable'])
    .optional(),
  readOnly: z.boolean().optional(),
  deferrable: z.boolean().optional(),
});
export type Batch = z.output<typeof Batch>;

export type SqlRequest = Statement | Batch;

export interface FieldView {
  name: string;
  dataTypeID: number;
  type: string;
}

/** What one statement answers. Rows past `rowLimit` are cut, and `truncated` says so. */
export interface ResultView {
  command: string;
  rowCount: number | null;
  truncated: boolean;
  rowLimit: number;
  fields: FieldView[];
  rows: unknown[];
  durationMs: number;
}

export interface BatchView {
  results: ResultView[];
  durationMs: number;
}
