import type { Connection } from '../pool/connection';
import { FOOTPRINT, FootprintSlot } from '../storage/footprint';
import { COMMIT_AND_CLEAN } from '../wire/clean-up';
import { frontendWriter } from '../wire/frontend-writer';
import { SILENT } from '../wire/slot';

/** What a database takes up now, in bytes, on a connection that has seen nothing of the tenant's. */
export async function lookAgain(connection: Connection): Promise<number> {
  const slot = new FootprintSlot();
  const writer = frontendWriter().begin('BEGIN READ ONLY', true).statement(FOOTPRINT, [], 1);
  await connection.concludeReading(writer.append(COMMIT_AND_CLEAN).take(), [SILENT, slot]);
  return slot.footprint!.bytes;
}
