import type { StorageView } from '@howdah/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSuperuser } from './cluster-objects';
import { type CustomerDatabase, ownersView, physicalName } from './customer';
import type { ServerUnderTest } from './isolation-servers';
import { giveNumbers, PLENTY } from './plans';

export const MB = 1_000_000;

/** What fills a database: text that no compression makes smaller. */
export const NOISE = `create function noise(kilobytes int) returns text volatile language sql as
  $$ select string_agg(md5(random()::text), '') from generate_series(1, kilobytes * 32) $$`;

export async function sizeOf(server: ServerUnderTest, db: CustomerDatabase): Promise<number> {
  const name = await physicalName(server, db);
  const [row] = await asSuperuser<{ size: string }>(
    server.adminUrl,
    'select pg_database_size($1) as size',
    [name],
  );
  return Number(row!.size);
}

/** Puts a database on a plan that has room for so much more than it holds now; answers the limit. */
export async function giveRoom(
  server: ServerUnderTest,
  db: CustomerDatabase,
  bytes: number,
): Promise<number> {
  const limit = (await sizeOf(server, db)) + bytes;
  await giveNumbers(server.controlUrl, db, `room-for-${limit}`, {
    ...PLENTY,
    // Another number than any plan has, so that the gateway can be heard to know it.
    requests_per_minute: 100_000 + Math.floor(Math.random() * 100_000),
    size_bytes_max: limit,
    streaming: true,
  });
  return limit;
}

/**
 * What a session changed is counted when it next does something: an idle one tells Postgres, and so
 * autovacuum and the meter, up to ten seconds later.
 */
export async function counted(db: CustomerDatabase): Promise<true> {
  await db.sql('select 1');
  return true;
}

/** Waits until its owner reads this of its storage: `{ writes: 'shrink' }`. */
export async function storageBecomes(
  db: CustomerDatabase,
  wanted: Partial<StorageView>,
  timeoutMs = 20_000,
): Promise<void> {
  for (const until = Date.now() + timeoutMs; ; await sleep(50)) {
    await counted(db);
    const { storage } = await ownersView(db);
    if (
      Object.entries({ ...storage, ...wanted }).every(
        ([key, value]) => storage[key as keyof StorageView] === value,
      )
    )
      return;
    if (Date.now() > until) throw new Error(`Its storage is ${JSON.stringify(storage)}`);
  }
}

/** Writes until it is over its limit, and waits until it is known to be. */
export async function fill(db: CustomerDatabase, bytes: number): Promise<void> {
  const rows = Math.ceil(bytes / 1_100);
  await db.rows(`insert into filler select n, noise(1) from generate_series(1, ${rows}) as n`);
  await storageBecomes(db, { writes: 'shrink' });
}
