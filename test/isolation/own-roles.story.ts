import { describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, newDatabase, physicalName } from '../support/customer';
import { atOnce, outcomesOf } from '../support/outcomes';
import { giveNumbers, PLENTY } from '../support/plans';

/** As Postgres keeps a password that nobody knows; `rounds` is what a login is made to compute. */
const verifier = (rounds: number) =>
  `SCRAM-SHA-256$${rounds}:${btoa('a salt of sixteen')}$${btoa('x'.repeat(32))}:${btoa('y'.repeat(32))}`;

const CLOSES_ITS_SESSION = 'select pg_terminate_backend(pg_backend_pid())';

/** Everybody may ALTER their own role, and what a role is lies in catalogs that a cluster has once. */
onEachServer((server) => {
  const arena = new Arena(server);

  /** As the login itself, not as the owners whom it stands for. */
  const asLogin = async (attacker: CustomerDatabase, alter: string, ...more: string[]) => {
    const name = await physicalName(server, attacker);
    const queries = ['set role none', `alter role ${name} ${alter}`, ...more];
    return attacker.sql({ queries: queries.map((query) => ({ query })) });
  };

  /** Sessions that are still logging in. */
  const comingIn = async () => {
    const rows = await asSuperuser(
      server.adminUrl,
      `select pid from pg_stat_activity where backend_type = 'client backend' and usename is null`,
    );
    return rows.length;
  };

  /** Milliseconds until somebody new has a database that is ready. */
  const makingTakes = async () => {
    const begun = performance.now();
    await newDatabase(server.gatewayUrl);
    return Math.round(performance.now() - begun);
  };

  describe('With its own role a tenant does not', () => {
    it('fill the cluster with logins that never end, by a password of too many rounds', (context) =>
      arena.beside(context, async () => {
        const attacker = await arena.newAttacker();
        const newcomer = await newDatabase(server.gatewayUrl);
        let most = 0;
        for (let round = 0; round < 4; round++) {
          await asLogin(attacker, `password '${verifier(200_000)}'`);
          await atOnce(8, () => attacker.sql(CLOSES_ITS_SESSION));
          most = Math.max(most, await comingIn());
        }
        expect(most).toBeLessThan(10);
        expect((await newcomer.sql('select 1')).status).toBe(200);
        await expect
          .poll(async () => (await attacker.sql('select 1')).status, { timeout: 10_000 })
          .toBe(200);
        return `${most} logins under way at most, and it is healed`;
      }));

    it('keep others from getting databases, by a password that takes minutes to look at', (context) =>
      arena.beside(context, async () => {
        const attacker = await arena.newAttacker();
        const looking = asLogin(attacker, `password '${verifier(30_000_000)}'`);
        const answer = await looking;
        expect(answer.body.error.code).toBe('query_timeout');
        const tookMs = await makingTakes();
        expect(tookMs).toBeLessThan(8_000);
        return `query_timeout; meanwhile a database was made in ${tookMs} ms`;
      }));

    it('keep others from getting databases, by a change of its role that it does not end', (context) =>
      arena.beside(context, async () => {
        const attacker = await arena.newAttacker();
        const numbers = { ...PLENTY, statement_ms: 7_000 };
        await giveNumbers(server.controlUrl, attacker, 'patient', numbers);
        let held = true;
        const changes = atOnce(5, () =>
          asLogin(attacker, `set application_name = 'held'`, 'select pg_sleep(6)'),
        ).finally(() => (held = false));
        const tookMs = await makingTakes();
        expect(held).toBe(true);
        return `${outcomesOf(await changes)}; meanwhile a database was made in ${tookMs} ms`;
      }));

    it('store what no quota counts, in the settings of its role', (context) =>
      arena.beside(context, async () => {
        const attacker = await arena.newAttacker();
        const name = await physicalName(server, attacker);
        const stored = await asLogin(
          attacker,
          `set application_name = 'x'`,
          `do $$ declare hoard text; begin
             select string_agg(md5(n::text), '') into hoard from generate_series(1, 20000) as n;
             execute format('alter role ${name} set search_path = %L', hoard);
           end $$`,
        );
        expect(stored.status).toBe(200);
        const bytes = async () => {
          const [row] = await asSuperuser<{ bytes: string }>(
            server.adminUrl,
            `select coalesce(sum(pg_column_size(setconfig)), 0) as bytes from pg_db_role_setting
             where setrole = $1::regrole`,
            [name],
          );
          return Number(row!.bytes);
        };
        await expect.poll(bytes, { timeout: 20_000, interval: 100 }).toBeLessThan(16_384);
        return `taken away: ${await bytes()} bytes are left`;
      }));

    it('hold the catalogs that all databases share, by locks that reading asks for', (context) =>
      arena.beside(context, async () => {
        const lock = `do $$ begin lock table pg_database, pg_shdepend in access share mode;
          perform pg_sleep(5); end $$`;
        const holding = atOnce(5, () => arena.attacker.sql(lock));
        const tookMs = await makingTakes();
        const refused = await arena.attacker.sql(
          'do $$ begin lock table pg_database in row exclusive mode; end $$',
        );
        expect(refused.body.error.sqlstate).toBe('42501');
        return `${outcomesOf(await holding)}; meanwhile a database was made in ${tookMs} ms`;
      }));
  });
});
