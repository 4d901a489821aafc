import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { backendsOf } from '../support/backends';
import { ownersView } from '../support/customer';
import { type OwnServer, startServer } from '../support/isolation-servers';
import { lift, suspended } from '../support/operator';
import { briefly } from '../support/outcomes';

/** Compares each with each in C, and asks nobody in between: 15 s and more of one processor. */
const DEAF = `select (select array_agg(n) from generate_series(1, 90000) as n)
  && (select array_agg(-n) from generate_series(1, 90000) as n) as common`;

const SLOWLY = { timeout: 20_000, interval: 100 };

onEachServer((shared) => {
  // A cluster of its own: nothing but its end ends such a statement early.
  const server = {} as OwnServer;
  beforeAll(async () => {
    const name = `deaf_${shared.name}`;
    Object.assign(server, await startServer(shared.name, inject('controlAdminUrl'), name));
  });
  afterAll(async () => {
    await server.stack.stop();
    await server.cluster.kill();
    await server.cluster.stop();
  });
  const arena = new Arena(server);

  describe('A statement in C that hears neither a cancel nor a termination', () => {
    it('is answered in time, and its tenant suspended', (context) =>
      arena.beside(context, async () => {
        const { attacker } = arena;
        const answer = await attacker.sql(DEAF);
        expect(answer.body.error).toMatchObject({ code: 'query_timeout' });
        expect(answer.body.error.elapsedMs).toBeLessThan(1_300);
        await attacker.becomes('suspended');
        const { suspension } = await ownersView(attacker);
        expect(await backendsOf(server, attacker, 'active')).toHaveLength(1);
        return `suspended while it still runs: ${suspension!.reason}`;
      }));

    it('is the last of its tenant, who is told so', (context) =>
      arena.beside(context, async () => {
        const refused = await arena.attacker.sql('select 1');
        expect(refused.status).toBe(403);
        expect(refused.body.error).toMatchObject({ code: 'database_suspended' });
        expect(refused.headers['retry-after']).toBeUndefined();
        const { body } = await suspended(server.gatewayUrl).expect(200);
        expect(body.databases.map(({ id }: { id: string }) => id)).toEqual([arena.attacker.id]);
        return `403: ${refused.body.error.message}`;
      }));

    it('leaves its tenant to be lifted by an operator', (context) =>
      arena.beside(context, async () => {
        const { attacker } = arena;
        await lift(attacker).expect(202);
        await attacker.becomes('ready');
        expect((await ownersView(attacker)).suspension).toBe(null);
        const answer = async () => briefly(await attacker.sql('select 1'));
        // What is left has little of one processor, and while it lasts no other statement begins.
        await expect.poll(answer, SLOWLY).toMatch(/^(200|busy)$/);
        return `lifted, and answered: ${await answer()}`;
      }));
  });
});
