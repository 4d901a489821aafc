import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterUnderTest } from './servers';
import { until } from './until';

describe('A cluster with settings of its own', () => {
  let on: ClusterUnderTest;

  beforeAll(async () => {
    on = await ClusterUnderTest.start(
      { major: 18, admin: 'superuser' },
      {
        max_connections: 20,
        max_prepared_transactions: 10,
        temp_file_limit: -1,
        extension_control_path: '$system',
        recovery_init_sync_method: 'fsync',
      },
    );
  });
  afterAll(() => on.stop());

  it('is managed even under a superuser, and says what is wanted', async () => {
    const { tier, findings } = await on.cluster.facts();
    expect(tier).toBe('managed');
    for (const text of [
      'max_prepared_transactions is 10, wanted is 0',
      'temp_file_limit is -1, wanted is a limit',
      'pltcl',
      'Advice: recovery_init_sync_method is fsync',
    ]) {
      expect(findings).toContainEqual(expect.stringContaining(text));
    }
    expect(findings).toHaveLength(4);
  });

  it('is entered by its reaper when tenants have taken all connections but those set aside', async () => {
    const tenant = await on.newTenant();
    await on.cluster.setConnectionLimit(tenant, 100);
    const taken: Client[] = [];
    for (let full = false; !full;) {
      await on.logIn(tenant).then(
        (client) => taken.push(client),
        (error: { code?: string }) => (full = error.code === '53300'),
      );
    }
    void taken[0]!.query('select pg_sleep(600)').catch(() => undefined);
    const reaper = on.cluster.reaper();
    const backend = await until(async () => (await reaper.overdue(200))[0]);
    await reaper.terminate([backend]);
    await until(async () => ((await reaper.overdue(200)).length === 0 ? true : undefined));
    await reaper.end();
  });
});
