import { responseTooLarge, rowLimit, transactionControl } from '../errors/request-error';
import type { Plan, PlannedStatement } from '../plan/plan-request';
import type { Connection } from '../pool/connection';
import { checkUtf8 } from '../render/check-utf8';
import { JsonBuffer } from '../render/json-buffer';
import { milliseconds, ResultSlot } from '../render/result-slot';
import { END_AND_CLEAN } from '../wire/clean-up';
import { frontendWriter, type FrontendWriter } from '../wire/frontend-writer';
import { SILENT, type Slot } from '../wire/slot';
import { learnTypes } from './learn-types';
import type { Outcome } from './outcome';

const FIRST_BYTES = 1024;
const CONTROL_TAGS = new Set(['BEGIN', 'START TRANSACTION', 'COMMIT', 'PREPARE TRANSACTION']);

/**
 * Statements whose answers are looked at before they are kept: a batch, or one statement that is to
 * be undone when it has too many rows. Two round trips: the statements, then COMMIT.
 */
export async function runPipeline(connection: Connection, plan: Plan): Promise<Outcome> {
  let outcome: Outcome;
  try {
    outcome = await runStatements(connection, plan, opening(plan));
  } catch (error) {
    connection.undo(plan.begin !== null);
    throw error;
  }
  const writer = frontendWriter();
  if (plan.begin !== null) writer.command(plan.end);
  const slots = plan.begin === null ? [] : [SILENT];
  await connection.conclude(writer.append(END_AND_CLEAN).take(), slots);
  return outcome;
}

/** What goes in the same write before and after the caller's statements, and where its answers go. */
export interface Frame {
  open(writer: FrontendWriter): Slot[];
  close?(writer: FrontendWriter): Slot[];
}

function opening({ begin, readOnly }: Plan): Frame {
  return {
    open(writer) {
      if (begin === null) return [];
      writer.begin(begin, readOnly);
      return [SILENT];
    },
  };
}

/** For statements in a transaction that is open. */
export const NO_FRAME: Frame = { open: () => [] };

/** Runs and renders, without an end: who calls this commits, or undoes after an error. */
export async function runStatements(
  connection: Connection,
  plan: Plan,
  frame: Frame,
): Promise<Outcome> {
  const writer = frontendWriter();
  const slots = frame.open(writer);
  const budget = { left: plan.limits.responseBytesMax };
  const results = plan.statements.map((statement, index) => {
    const result = resultOf(connection, plan, statement, index, budget);
    if (plan.batch) {
      // An earlier statement may have lifted the limit for the later ones.
      writer.command(`SET LOCAL statement_timeout = ${plan.limits.statementMs}`);
      slots.push(SILENT);
    }
    writer.statement(statement.query, statement.params, plan.limits.rowsMax + 1).flush();
    slots.push(result);
    return result;
  });
  if (frame.close) slots.push(...frame.close(writer));
  await connection.exchange(writer.take(), slots);
  results.forEach((result, index) => checkResult(result, plan, index));
  await renderKept(connection, results, plan);
  const outcome = outcomeOf(connection, results, plan.batch);
  checkUtf8(outcome.body);
  return outcome;
}

function resultOf(
  connection: Connection,
  { batch, limits }: Plan,
  statement: PlannedStatement,
  index: number,
  budget: { left: number },
): ResultSlot {
  const out = batch ? new JsonBuffer(FIRST_BYTES) : connection.scratch;
  const position = batch ? index : undefined;
  return new ResultSlot(connection, out, statement, limits.rowsMax, budget, position);
}

function checkResult(result: ResultSlot, { statements, limits }: Plan, index: number): void {
  if (CONTROL_TAGS.has(result.command)) throw transactionControl(result.command);
  if (result.truncated && statements[index]!.failOnLimit) {
    throw rowLimit(limits.rowsMax, result.statement);
  }
  if (result.tooLarge) throw responseTooLarge(limits.responseBytesMax, 'nothing was kept');
}

async function renderKept(
  connection: Connection,
  results: readonly ResultSlot[],
  { limits }: Plan,
): Promise<void> {
  connection.held = false;
  const missing = [...new Set(results.flatMap((result) => result.missingTypes))];
  await learnTypes(connection.types, missing, (writer, slot) =>
    connection.exchange(writer.flush().take(), [slot]),
  );
  for (const result of results) {
    result.render();
    if (result.tooLarge) throw responseTooLarge(limits.responseBytesMax, 'nothing was kept');
  }
}

function outcomeOf(
  connection: Connection,
  results: readonly ResultSlot[],
  batch: boolean,
): Outcome {
  let previousAt = connection.startedAt;
  const bodies = results.map((result) => {
    const body = result.seal(result.completedAt - previousAt);
    previousAt = result.completedAt;
    return body;
  });
  return {
    body: batch ? joinBodies(bodies, performance.now() - connection.startedAt) : bodies[0]!,
    truncated: results.some((result) => result.truncated),
    rowCount: results.reduce((total, result) => total + result.rows, 0),
  };
}

function joinBodies(bodies: readonly Buffer[], durationMs: number): Buffer {
  const parts: Buffer[] = [];
  for (const body of bodies) parts.push(parts.length === 0 ? BATCH_OPEN : COMMA, body);
  parts.push(Buffer.from(`],"durationMs":${milliseconds(durationMs)}}`));
  return Buffer.concat(parts);
}

const BATCH_OPEN = Buffer.from('{"results":[');
const COMMA = Buffer.from(',');
