import { Cluster } from '@howdah/clusters';
import { beforeAll, describe, expect, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import type { ClusterUnderTest, Stories } from './servers';

export const tiers: Stories = (started, kind) => {
  describe.sequential('A cluster', () => {
    let on: ClusterUnderTest;

    beforeAll(() => {
      on = started();
    });

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
};
