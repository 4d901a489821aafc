import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, newDatabase, physicalName } from '../support/customer';
import { atOnce } from '../support/outcomes';

const shared = inject('shared');

/** A verifier that takes a second and more to compute, for whoever tries. */
function costlyVerifier(): string {
  const key = () => randomBytes(32).toString('base64');
  return `SCRAM-SHA-256$1000000:${randomBytes(16).toString('base64')}$${key()}:${key()}`;
}

const spoilLogin = async (db: CustomerDatabase) => {
  const role = await physicalName(shared, db);
  const spoilt = await db.sql({
    queries: [
      { query: 'set role none' },
      { query: `alter role ${role} password '${costlyVerifier()}'` },
    ],
  });
  expect(spoilt.text).toContain('ALTER ROLE');
};

/** Backends that have not got past their login. */
const startingBackends = async () => {
  const [{ n } = { n: -1 }] = await asSuperuser<{ n: number }>(
    inject('adminUrl'),
    `select count(*)::int as n from pg_stat_activity
     where backend_type = 'client backend' and state = 'starting' and pid <> pg_backend_pid()`,
  );
  return n;
};

describe('A customer who makes its own login costly', () => {
  it('leaves no half-open logins behind, hinders nobody else, and is healed', async () => {
    const attacker = await newDatabase(shared.gatewayUrl);
    await spoilLogin(attacker);
    let most = 0;
    for (let round = 0; round < 4; round++) {
      // Each loses its connection and so asks for a new one.
      const losing = atOnce(9, () => attacker.sql('select pg_terminate_backend(pg_backend_pid())'));
      const neighbour = await newDatabase(shared.gatewayUrl);
      expect(await neighbour.rows('select 1 as n')).toEqual([{ n: 1 }]);
      await losing;
      most = Math.max(most, await startingBackends());
    }
    expect(most).toBeLessThanOrEqual(8);
    for (const until = Date.now() + 20_000; ; await sleep(100)) {
      const answer = await attacker.sql('select 1 as n');
      if (answer.status === 200) break;
      if (Date.now() > until) throw new Error(answer.text);
    }
    expect(await startingBackends()).toBe(0);
  });
});
