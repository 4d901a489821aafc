import type { Batch, KeyRole, SqlRequest, Statement, WriteMode } from '@howdah/contracts';
import type { PlanLimits } from '@howdah/databases';
import { checkText, paramTexts } from './param-text';
import { refuseCommentBomb } from './refuse-comment-bomb';
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
  /** Null for one statement that may write what it likes, which is its own transaction. */
  begin: string | null;
  /** What ends that transaction when all went well. */
  end: 'COMMIT' | 'ROLLBACK';
  batch: boolean;
  /** Nothing is written, whatever functions the statements call: see `FrontendWriter.begin`. */
  readOnly: boolean;
  /** What holds its writes, beyond its own wish: `open` too where a key is read-only. */
  writes: WriteMode;
  limits: PlanLimits;
}

/** Pure. Throws `invalid_text`, `invalid_request`, `too_many_parameters`, `transaction_control`, `copy_not_supported`. */
export function planRequest(
  body: SqlRequest,
  role: KeyRole,
  limits: PlanLimits,
  mode: WriteMode,
): Plan {
  const batch = 'queries' in body;
  const statements = batch
    ? body.queries.map((statement, index) =>
        planStatement(statement, `queries.${index}.query`, `queries.${index}.params`),
      )
    : [planStatement(body, 'query', 'params')];
  const writes = role === 'read' ? 'open' : mode;
  // What Postgres calls read-only writes all the same: REINDEX, CLUSTER, before 16 large objects. So
  // a batch that wants to read only is looked at over the quota as any other.
  const readOnly = role === 'read' || writes === 'locked' || (batch && body.readOnly === true);
  const end = readOnly && mode !== 'open' ? 'ROLLBACK' : 'COMMIT';
  const begin = batch ? beginText(body, readOnly) : beginOne(readOnly, writes);
  return { statements, begin, end, batch, readOnly, writes, limits };
}

function planStatement(
  statement: Statement,
  queryPath: string,
  paramsPath: string,
): PlannedStatement {
  checkText(statement.query, queryPath);
  refuseCommentBomb(statement.query, queryPath);
  return {
    query: statement.query,
    params: paramTexts(statement.params, paramsPath),
    rowsAsArrays: statement.rowMode === 'array',
    failOnLimit: statement.onLimit === 'error',
    command: commandOf(statement.query),
  };
}

function beginOne(readOnly: boolean, writes: WriteMode): string | null {
  if (readOnly) return 'BEGIN READ ONLY';
  return writes === 'shrink' ? 'BEGIN' : null;
}

function beginText(batch: Batch, readOnly: boolean): string {
  const isolation = batch.isolation ? ` ISOLATION LEVEL ${batch.isolation.toUpperCase()}` : '';
  const access = readOnly ? ' READ ONLY' : batch.readOnly === false ? ' READ WRITE' : '';
  return `BEGIN${isolation}${access}${batch.deferrable ? ' DEFERRABLE' : ''}`;
}
