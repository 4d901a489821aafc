import { describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { asSuperuser } from '../support/cluster-objects';
import { ownersView, physicalName } from '../support/customer';
import { lift, suspended } from '../support/operator';
import { counted } from '../support/quota';

/** Its statement would end by the limit; the worker of autovacuum has none. */
const LOOPS_IN_AUTOVACUUM = `create function patient(n int) returns int immutable language plpgsql as $$
  begin
    while current_setting('application_name') = '' loop null; end loop;
    return n;
  end $$`;

const SLOWLY = { timeout: 30_000, interval: 100 };

onEachServer((server) => {
  const arena = new Arena(server);

  const workers = async () =>
    asSuperuser(
      server.adminUrl,
      `select pid from pg_stat_activity where backend_type = 'autovacuum worker' and datname = $1
         and xact_start < now() - interval '1 second'`,
      [await physicalName(server, arena.attacker)],
    );

  describe('Autovacuum held by an index expression that loops only there', () => {
    it('is freed, and its tenant suspended', (context) =>
      arena.beside(context, async () => {
        const { attacker } = arena;
        await attacker.rows('create table bait (n int)');
        await attacker.rows(LOOPS_IN_AUTOVACUUM);
        await attacker.rows('create index on bait (patient(n))');
        await attacker.rows('insert into bait select generate_series(1, 2000)');
        const held = async () => (await workers()).length > 0;
        await expect
          .poll(
            async () =>
              ((await counted(attacker)) && (await held())) ||
              (await attacker.state()) === 'suspended',
            SLOWLY,
          )
          .toBe(true);
        await attacker.becomes('suspended', 20_000);
        await expect.poll(workers, { timeout: 10_000 }).toEqual([]);
        const { suspension } = await ownersView(attacker);
        return `suspended: ${suspension!.reason}`;
      }));

    it('is told to its owner and to the operator, and to nobody else who asks', async () => {
      const { attacker } = arena;
      const { suspension } = await ownersView(attacker);
      expect(suspension).toEqual({ reason: expect.any(String), at: expect.any(String) });
      const refused = await attacker.sql('select 1');
      expect(refused.status).toBe(403);
      expect(refused.body.error.code).toBe('database_suspended');
      const { body } = await suspended(server.gatewayUrl).expect(200);
      expect(body.databases.map(({ id }: { id: string }) => id)).toContain(attacker.id);
    });

    it('ends when the operator lifts it and the index is gone', async () => {
      const { attacker } = arena;
      // Autovacuum comes every second here, and takes the table and the database again.
      const afterLifting = async (query: string) => {
        await lift(attacker);
        return (await attacker.sql(query)).status;
      };
      await expect.poll(() => afterLifting('drop table bait'), SLOWLY).toBe(200);
      await expect.poll(() => afterLifting('select 1'), SLOWLY).toBe(200);
    });
  });
});
