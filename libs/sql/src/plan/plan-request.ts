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
  /** The BEGIN of a batch; null for one statement, which is its own transaction. */
  begin: string | null;
  batch: boolean;
  readOnly: boolean;
  limits: PlanLimits;
}

/** Pure. Throws `invalid_text`, `invalid_request`, `too_many_parameters`, `transaction_control`, `copy_not_supported`. */
export function planRequest(body: SqlRequest, role: KeyRole, limits: PlanLimits): Plan {
  if (!('queries' in body)) {
    const statements = [planStatement(body, 'query', 'params')];
    return { statements, begin: null, batch: false, readOnly: role === 'read', limits };
  }
  return {
    statements: body.queries.map((statement, index) =>
      planStatement(statement, `queries.${index}.query`, `queries.${index}.params`),
    ),
    begin: beginText(body),
    batch: true,
    readOnly: role === 'read' || body.readOnly === true,
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

function beginText(batch: Batch): string {
  const isolation = batch.isolation ? ` ISOLATION LEVEL ${batch.isolation.toUpperCase()}` : '';
  const readOnly =
    batch.readOnly === undefined ? '' : batch.readOnly ? ' READ ONLY' : ' READ WRITE';
  return `BEGIN${isolation}${readOnly}${batch.deferrable ? ' DEFERRABLE' : ''}`;
}
