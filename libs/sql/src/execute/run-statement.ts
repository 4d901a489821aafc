import { responseTooLarge } from '../errors/request-error';
import type { Plan } from '../plan/plan-request';
import type { Connection } from '../pool/connection';
import { checkUtf8 } from '../render/check-utf8';
import { ResultSlot } from '../render/result-slot';
import { COMMIT_AND_CLEAN, END_AND_CLEAN, ROLLBACK_AND_CLEAN } from '../wire/clean-up';
import { frontendWriter } from '../wire/frontend-writer';
import { SILENT } from '../wire/slot';
import { learnTypes } from './learn-types';
import type { Outcome } from './outcome';

/**
 * One statement, in one socket write with its end and the clean-up: the path that is taken most.
 * It is its own transaction, so it is kept by the time its size is known. What may only read runs
 * in a transaction that cannot be made to write, and where no function can commit.
 */
export async function runStatement(connection: Connection, plan: Plan): Promise<Outcome> {
  const { rowsMax, responseBytesMax } = plan.limits;
  const statement = plan.statements[0]!;
  const budget = { left: responseBytesMax };
  const slot = new ResultSlot(connection, connection.scratch, statement, rowsMax, budget);
  const writer = frontendWriter();
  if (plan.begin !== null) writer.begin(plan.begin, plan.readOnly);
  writer.statement(statement.query, statement.params, rowsMax + 1);
  if (plan.begin === null) await connection.conclude(writer.append(END_AND_CLEAN).take(), [slot]);
  else {
    writer.append(plan.end === 'COMMIT' ? COMMIT_AND_CLEAN : ROLLBACK_AND_CLEAN);
    await connection.concludeReading(writer.take(), [SILENT, slot]);
  }
  const body = slot.body ?? (await renderApart(connection, slot, plan));
  checkUtf8(body);
  return { body, truncated: slot.truncated, rowCount: slot.rows };
}

/** The rest of the way for results too large, or of types that must be asked for first. */
async function renderApart(connection: Connection, slot: ResultSlot, plan: Plan): Promise<Buffer> {
  const durationMs = performance.now() - connection.startedAt;
  if (!slot.tooLarge) {
    await learnApart(connection, slot.missingTypes, plan.limits.statementMs);
    slot.render();
  }
  if (!slot.tooLarge) return slot.seal(durationMs);
  throw responseTooLarge(plan.limits.responseBytesMax, 'what the statement wrote was kept');
}

/** A request of its own on the same connection, after the tenant's session state is gone. */
async function learnApart(
  connection: Connection,
  oids: readonly number[],
  limitMs: number,
): Promise<void> {
  await connection.whenClean();
  connection.held = false;
  connection.begin(limitMs);
  await learnTypes(connection.types, oids, (writer, slot) =>
    connection.conclude(writer.append(END_AND_CLEAN).take(), [slot]),
  );
}
