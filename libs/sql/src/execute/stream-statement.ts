import type { Writable } from 'node:stream';
import { AppError } from '@howdah/kernel';
import { responseTooLarge, rowLimit } from '../errors/request-error';
import { connectionLost } from '../errors/statement-error';
import type { Plan } from '../plan/plan-request';
import type { Connection } from '../pool/connection';
import { milliseconds } from '../render/result-slot';
import { StreamSlot } from '../render/stream-slot';
import { END_AND_CLEAN } from '../wire/clean-up';
import { frontendWriter } from '../wire/frontend-writer';
import { SILENT, type Slot } from '../wire/slot';
import { learnTypes } from './learn-types';

const PORTAL = 'rows';
const FETCH_ROWS = 256;

export interface StreamOutcome {
  truncated: boolean;
  rowCount: number;
  /** The error that ended the stream after its first line; the sink has it as its last. */
  error: AppError | null;
}

/**
 * One statement as NDJSON in constant memory: the next rows are fetched when the sink has taken
 * the last, and a fetch of big rows is held at the socket. The plan's time limit covers the
 * reading too: a slow reader holds a snapshot open. Throws while nothing was written; later an
 * error is the last line, since the status has gone out.
 */
export async function streamStatement(
  connection: Connection,
  plan: Plan,
  sink: Writable,
  errorBody: (error: AppError) => unknown,
): Promise<StreamOutcome> {
  let written = false;
  const write = (lines: Buffer) => {
    written = true;
    if (sink.write(lines) || sink.destroyed) return;
    connection.pause();
    sink.once('drain', () => connection.resume());
  };
  const { rowsMax, responseBytesMax } = plan.limits;
  const statement = plan.statements[0]!;
  const slot = new StreamSlot(connection.types, statement, rowsMax, responseBytesMax, write);
  try {
    await fetchRows(connection, plan, slot, sink);
    // What is left to read is small, and a sink that closed would never drain.
    connection.resume();
    const writer = frontendWriter();
    if (plan.begin !== null) writer.command(plan.end);
    const slots = plan.begin === null ? [] : [SILENT];
    await connection.conclude(writer.append(END_AND_CLEAN).take(), slots);
    slot.writeText(endLine(slot, rowsMax, performance.now() - connection.startedAt));
    slot.flush();
    return { truncated: slot.truncated, rowCount: slot.rows, error: null };
  } catch (error) {
    connection.resume();
    connection.undo(plan.begin !== null);
    if (!written || !(error instanceof AppError)) throw error;
    slot.writeError(JSON.stringify({ error: errorBody(error) }));
    return { truncated: slot.truncated, rowCount: slot.rows, error };
  }
}

async function fetchRows(
  connection: Connection,
  { statements, begin, readOnly, limits }: Plan,
  slot: StreamSlot,
  sink: Writable,
): Promise<void> {
  const statement = statements[0]!;
  let writer = frontendWriter();
  let slots: Slot[] = [slot];
  if (begin !== null) {
    writer.begin(begin, readOnly);
    slots = [SILENT, slot];
  }
  writer.parse(statement.query).bind(statement.params, PORTAL).describe(PORTAL);
  for (;;) {
    const rowsLeft = limits.rowsMax + 1 - slot.rows;
    writer.execute(PORTAL, Math.min(FETCH_ROWS, rowsLeft)).flush();
    await connection.exchange(writer.take(), slots);
    await learnTypes(connection.types, slot.missingTypes, (typesWriter, rows) =>
      connection.exchange(typesWriter.flush().take(), [rows]),
    );
    slot.render();
    if (slot.tooLarge) throw responseTooLarge(limits.responseBytesMax, 'nothing was kept');
    if (slot.truncated && statement.failOnLimit) throw rowLimit(limits.rowsMax);
    if (slot.truncated || !slot.suspended) return;
    slot.flush();
    if (sink.writableNeedDrain) await drained(connection, sink);
    writer = frontendWriter();
    slots = [slot];
  }
}

/** Ends by the sink's drain or close, or when the request is stopped meanwhile. */
function drained(connection: Connection, sink: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (failure?: Error) => {
      sink.off('drain', onDrain).off('close', onClose);
      connection.onInterrupt = null;
      if (failure) reject(failure);
      else resolve();
    };
    const onDrain = () => end();
    const onClose = () => end(connectionLost());
    // The next exchange is told why.
    connection.onInterrupt = onDrain;
    sink.on('drain', onDrain).on('close', onClose);
    if (sink.destroyed) onClose();
  });
}

function endLine(slot: StreamSlot, rowLimit: number, durationMs: number): string {
  const { command, rowCount, truncated } = slot;
  const end = { command, rowCount, truncated, rowLimit, durationMs: milliseconds(durationMs) };
  return JSON.stringify(end);
}
