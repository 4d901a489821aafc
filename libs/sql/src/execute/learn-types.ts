import { TYPES_QUERY, type TypeCatalog } from '../render/type-catalog';
import { frontendWriter, type FrontendWriter } from '../wire/frontend-writer';
import { TextRows } from '../wire/text-rows';

/** For all types of a result, whose columns are 1,664 at most. */
const TYPES_BYTES_MAX = 1024 * 1024;

/** Asks the database for types its catalog has not met yet; `send` decides where that happens. */
export async function learnTypes(
  types: TypeCatalog,
  oids: readonly number[],
  send: (writer: FrontendWriter, slot: TextRows) => Promise<void>,
): Promise<void> {
  if (oids.length === 0) return;
  const slot = new TextRows(TYPES_BYTES_MAX);
  await send(frontendWriter().statement(TYPES_QUERY, [`{${oids.join(',')}}`], 0), slot);
  types.learn(oids, slot.rows);
}
