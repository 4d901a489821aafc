import { Cluster } from '@howdah/clusters';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import { ClusterUnderTest, KINDS } from './servers';

describe.each(KINDS)('A cluster %s', (_, kind) => {
  let on: ClusterUnderTest;

  beforeAll(async () => {
    on = await ClusterUnderTest.start(kind);
  });
  afterAll(() => on.stop());

  it('is hardened with the settings of the house under a superuser, else managed', async () => {
    const { tier, findings, superuser, version } = await on.cluster.facts();
    expect({ superuser, version }).toEqual({
      superuser: kind.admin === 'superuser',
      version: kind.major,
    });
    if (superuser) {
      expect({ tier, findings }).toEqual({ tier: 'hardened', findings: [] });
    } else {
      expect(tier).toBe('managed');
      expect(findings).toContainEqual(expect.stringContaining('wanted is SUPERUSER'));
    }
  });

  it('is managed as soon as something opens it', async () => {
    await on.look('create database shop');
    const { tier, findings } = await on.cluster.facts();
    expect(tier).toBe('managed');
    expect(findings).toContainEqual(expect.stringContaining('shop'));
    await on.look('drop database shop');
  });

  it('is refused to an admin who may make no databases or no roles', async () => {
    const url = new URL(on.superuserUrl);
    await on.look(`create role helper login createdb password 'x'`);
    await on.look('grant howdah_tenant_clients to helper');
    [url.username, url.password] = ['helper', 'x'];
    await asSuperuser(on.superuserUrl, 'grant connect on database postgres to helper');
    const cluster = new Cluster({ id: 'cl_other', adminUrl: url.href, secret: 'another' });
    await expect(cluster.prepare()).rejects.toThrow('CREATEDB CREATEROLE');
    await cluster.end();
  });
});

describe('A cluster on its system’s own settings', () => {
  it('is managed even under a superuser, and says what is wanted', async () => {
    const on = await ClusterUnderTest.start(
      { major: 18, admin: 'superuser' },
      {
        max_prepared_transactions: 10,
        temp_file_limit: -1,
        extension_control_path: '$system',
        recovery_init_sync_method: 'fsync',
      },
    );
    const { tier, findings } = await on.cluster.facts();
    await on.stop();
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
});
