import type { DatabaseRoute } from '@howdah/databases';
import { grewOverQuota } from '../errors/storage-error';
import type { Plan } from '../plan/plan-request';
import type { Connection } from '../pool/connection';
import { FOOTPRINT, FOOTPRINT_IF_WRITTEN, FootprintSlot, growth } from '../storage/footprint';
import type { StorageGate } from '../storage/storage-gate';
import { END_AND_CLEAN } from '../wire/clean-up';
import { frontendWriter } from '../wire/frontend-writer';
import { SILENT } from '../wire/slot';
import type { Outcome } from './outcome';
import { runStatements, type Frame } from './run-pipeline';
import { TextRows } from '../wire/text-rows';

/**
 * A request of a database over its quota: kept if it leaves the database no larger, else undone.
 * Two round trips, as of any batch: the statements between two looks, then COMMIT, after which is
 * looked once more. What COMMIT itself sets off cannot be undone any more, so all that can run
 * before it is made to: cursors that outlive it are closed, deferred constraints are checked.
 */
export async function runShrinking(
  connection: Connection,
  plan: Plan,
  route: DatabaseRoute,
  gate: StorageGate,
): Promise<Outcome> {
  const before = new FootprintSlot();
  const after = new FootprintSlot();
  let outcome: Outcome;
  try {
    outcome = await runStatements(connection, plan, between(plan, before, after));
    const grown = after.footprint && growth(before.footprint!, after.footprint);
    if (grown) throw grewOverQuota(route, grown);
  } catch (error) {
    await undo(connection, before, () => gate.undone(route));
    throw error;
  }
  await commit(connection, after, route, gate);
  return outcome;
}

function between({ begin }: Plan, before: FootprintSlot, after: FootprintSlot): Frame {
  return {
    open(writer) {
      writer.command(begin!).statement(FOOTPRINT, [], 1);
      return [SILENT, before];
    },
    close(writer) {
      writer
        .command('CLOSE ALL')
        .command('SET CONSTRAINTS ALL IMMEDIATE')
        .statement(FOOTPRINT_IF_WRITTEN, [], 1)
        .flush();
      return [SILENT, SILENT, after];
    },
  };
}

/**
 * Files that grew stay so after a rollback, whatever the request failed of. `onLeft` is called when
 * they did, and when nobody can tell because the connection was interrupted.
 */
async function undo(
  connection: Connection,
  before: FootprintSlot,
  onLeft: () => void,
): Promise<void> {
  const left = new FootprintSlot();
  const writer = frontendWriter().sync().command('ROLLBACK').statement(FOOTPRINT, [], 1);
  try {
    await connection.concludeUndone(writer.append(END_AND_CLEAN).take(), [SILENT, left]);
  } catch {
    return onLeft();
  }
  // Without the first look no statement of the caller's has run.
  if (before.footprint && left.footprint!.bytes > before.footprint.bytes) onLeft();
}

async function commit(
  connection: Connection,
  after: FootprintSlot,
  route: DatabaseRoute,
  gate: StorageGate,
): Promise<void> {
  const committed = new TextRows(0);
  const kept = new FootprintSlot();
  const writer = frontendWriter().command('COMMIT');
  if (after.footprint) writer.statement(FOOTPRINT, [], 1);
  const slots = after.footprint ? [committed, kept] : [committed];
  try {
    await connection.conclude(writer.append(END_AND_CLEAN).take(), slots);
  } catch (error) {
    if (after.footprint) gate.unseen(route, after.footprint.bytes);
    else gate.undone(route);
    if (committed.tag !== 'COMMIT') throw error;
  }
  if (after.footprint && kept.footprint) {
    gate.slipped(route, kept.footprint.bytes - after.footprint.bytes);
  }
}
