import type { FieldView, ResultView } from '@howdah/contracts';

/** The rows of a result, an ordinary array, and what else the answer said. */
export type Rows<Row> = Row[] & {
  readonly fields: FieldView[];
  /** Rows returned, or touched by a write; null where Postgres does not count. */
  readonly rowCount: number | null;
  /** `SELECT`, `INSERT`, `CREATE TABLE`, … */
  readonly command: string;
  /** There are more rows than `rowLimit`, the plan's limit, and they were left out. */
  readonly truncated: boolean;
  readonly rowLimit: number;
  /** Time the gateway took. */
  readonly durationMs: number;
};

const EXTRAS = ['fields', 'rowCount', 'command', 'truncated', 'rowLimit', 'durationMs'] as const;

/** Hung onto the array unseen, so that it is still equal to its rows and `for…in` safe. */
export function toRows<Row>(result: ResultView): Rows<Row> {
  for (const name of EXTRAS) {
    Object.defineProperty(result.rows, name, { value: result[name], configurable: true });
  }
  return result.rows as unknown as Rows<Row>;
}
