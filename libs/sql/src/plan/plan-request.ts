import type { Batch, KeyRole, SqlRequest, Statement } from '@howdah/contracts';
import type { PlanLimits } from '@howdah/databases';
import { checkText, paramTexts } from './param-text';
import { commandOf } from './refuse-keywords';

export interface PlannedStatement {
  query: string;
  params: (string | null)[];
  rowsAsArrays: boolean;
  /** Over the row cap: fail and undo, instead of giving the rows that fit. */
  failOnLimit: boolean;
  /** The command to report when the row cap hides Postgres' tag. */
  command: string;
}

/** What will be sent, decided before a connection is taken. */
export interface Plan {
  statements: PlannedStatement[];
  /** Null for one statement that may write, which is its own transaction. */
  begin: string | null;
  batch: boolean;
  /** Nothing is written, whatever functions the statements call: see `FrontendWriter.begin`. */
  readOnly: boolean;
  limits: PlanLimits;
}

/** Pure. Throws `invalid_text`, `invalid_request`, `too_many_parameters`, `transaction_control`, `copy_not_supported`. */
export function planRequest(body: SqlRequest, role: KeyRole, limits: PlanLimits): Plan {
  if (!('queries' in body)) {
    const statements = [planStatement(body, 'query', 'params')];
    const readOnly = role === 'read';
    const begin = readOnly ? 'BEGIN READ ONLY' : null;
    return { statements, begin, batch: false, readOnly, limits };
  }
  const readOnly = role === 'read' || body.readOnly === true;
  return {
    statements: body.queries.map((statement, index) =>
      planStatement(statement, `queries.${index}.query`, `queries.${index}.params`),
    ),
    begin: beginText(body, readOnly),
    batch: true,
    readOnly,
    limits,
  };
}

function planStatement(
  statement: Statement,
  queryPath: string,
  paramsPath: string,
): PlannedStatement {
  checkText(statement.query, queryPath);
  return {
    query: statement.query,
    params: paramTexts(statement.params, paramsPath),
    rowsAsArrays: statement.rowMode === 'array',
    failOnLimit: statement.onLimit === 'error',
    command: commandOf(statement.query),
  };
}

function beginText(batch: Batch, readOnly: boolean): string {
  const isolation = batch.isolation ? ` ISOLATION LEVEL ${batch.isolation.toUpperCase()}` : '';
  const access = readOnly ? ' READ ONLY' : batch.readOnly === false ? ' READ WRITE' : '';
  return `BEGIN${isolation}${access}${batch.deferrable ? ' DEFERRABLE' : ''}`;
}
