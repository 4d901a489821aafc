import { afterAll, beforeAll, describe } from 'vitest';
import { contention } from './contention.stories';
import { forks } from './forks.stories';
import { hoards } from './hoards.stories';
import { autovacuum, reaping, reclaiming } from './reaper.stories';
import { ClusterUnderTest, isFar, KINDS, type Settings } from './servers';
import { storage } from './storage.stories';
import { tenants } from './tenants.stories';
import { tiers } from './tiers.stories';

/** Sizes change by what is done in stories alone, and a transaction may stay open. */
const SETTINGS: Settings = { autovacuum: 'off', idle_in_transaction_session_timeout: 0 };

/**
 * Starting a server takes longer than most stories: all about one kind share one. The kinds go side
 * by side, as many stories wait for something; those about one kind follow each other.
 */
describe.concurrent.each(KINDS)('On PostgreSQL %s:', (_, kind) => {
  let on: ClusterUnderTest;

  beforeAll(async () => {
    on = await ClusterUnderTest.start(kind, SETTINGS);
  });
  afterAll(() => on.stop());

  const about = [
    tiers,
    tenants,
    reaping,
    ...(kind.admin === 'superuser' ? [contention, hoards] : []),
    ...(isFar(kind) ? [forks, storage, reclaiming] : []),
    // Last, as autovacuum then looks at what the others have left.
    ...(kind.admin === 'superuser' ? [autovacuum] : []),
  ];
  for (const stories of about) stories(() => on, kind);
});
