import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { backendsOf } from '../support/backends';
import { CustomerDatabase } from '../support/customer';
import { directLogin } from '../support/direct-login';
import { PLENTY, giveNumbers } from '../support/plans';
import { joinStack } from '../support/stack';

/** All timers of Postgres off, as far as this version has them. */
const LIFT = `select set_config(name, '0', false) from pg_settings
  where name in ('statement_timeout', 'transaction_timeout', 'lock_timeout',
    'idle_in_transaction_session_timeout', 'idle_session_timeout')`;

/** Nobody is there to be answered in time; what counts is that it ends by itself. */
const REAPED = { timeout: 8_000, interval: 50 };

onEachServer((server) => {
  const arena = new Arena(server);

  const busy = () => backendsOf(server, arena.attacker, 'active');
  const atWork = async () =>
    (await backendsOf(server, arena.attacker)).filter(({ state }) => state !== 'idle');
  const inTransaction = () => backendsOf(server, arena.attacker, 'idle in transaction');

  /** The attacker's database through gateways of its own, which the stories kill or freeze. */
  const stack = joinStack(server.controlUrl);
  beforeAll(() => Promise.all([stack.start('gateway'), stack.start('gateway')]));
  afterAll(() => stack.stop());

  function throughGateway(at: number) {
    const { url, service } = stack.gateways[at]!;
    const { id, owner, key } = arena.attacker;
    return { db: new CustomerDatabase(url, id, owner, key), service };
  }

  async function enter(): Promise<Client> {
    const session = await directLogin(server, arena.attacker);
    onTestFinished(() => session.end().catch(() => undefined));
    return session;
  }

  async function gone(look: () => Promise<unknown[]>): Promise<string> {
    const begun = performance.now();
    await expect.poll(look, REAPED).toEqual([]);
    return `ended ${Math.round(performance.now() - begun)} ms later`;
  }

  describe('With nobody at the gateway to hold the time,', () => {
    it('a statement whose gateway is killed does not run on', (context) =>
      arena.beside(context, async () => {
        const { db, service } = throughGateway(0);
        const running = db
          .sql(
            `do $$ begin perform ${LIFT.slice('select '.length)};
            loop begin perform pg_sleep(30);
            exception when query_canceled then null; end; end loop; end $$`,
          )
          .catch(() => undefined);
        await expect.poll(busy, { timeout: 5_000, interval: 5 }).not.toEqual([]);
        await service.kill();
        await running;
        return gone(busy);
      }));

    it('a transaction whose gateway is frozen in mid-stream does not stay open', (context) =>
      arena.beside(context, async () => {
        await giveNumbers(server.controlUrl, arena.attacker, 'streaming', {
          ...PLENTY,
          requests_per_minute: 900_000,
          rows_max: 1_000_000,
          streaming: true,
        });
        const { db, service } = throughGateway(1);
        const answer = await fetch(`${db.gatewayUrl}${db.path}/sql/stream`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${db.key.secret}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({
            query: `select repeat('x', 1000) as x from generate_series(1, 1000000)`,
          }),
        });
        await answer.body!.getReader().read();
        service.signal('SIGSTOP');
        onTestFinished(() => void service.kill());
        return gone(atWork);
      }));

    it('a session past the gateway does not run past the limit', (context) =>
      arena.beside(context, async () => {
        const session = await enter();
        await session.query(LIFT);
        const ending = session.query('select pg_sleep(30)').catch((error: Error) => error.message);
        await expect.poll(busy, { timeout: 5_000, interval: 5 }).not.toEqual([]);
        const outcome = await gone(busy);
        return `${outcome}: ${await ending}`;
      }));

    it('a session that swallows the cancellation does not either', (context) =>
      arena.beside(context, async () => {
        const session = await enter();
        await session.query(LIFT);
        const ending = session
          .query(
            `do $$ begin loop begin perform pg_sleep(30);
             exception when query_canceled then null; end; end loop; end $$`,
          )
          .catch((error: Error) => error.message);
        await expect.poll(busy, { timeout: 5_000, interval: 5 }).not.toEqual([]);
        const outcome = await gone(busy);
        return `${outcome}: ${await ending}`;
      }));

    it('short statements without end, in one transaction, do not keep it open', (context) =>
      arena.beside(context, async () => {
        const session = await enter();
        await session.query(LIFT);
        await session.query('begin');
        const begun = performance.now();
        const until = begun + REAPED.timeout;
        let statements = 0;
        const ending = await (async () => {
          for (; performance.now() < until; statements++) {
            await session.query('select pg_sleep(0.02)');
          }
          return 'never ended';
        })().catch((error: Error) => error.message);
        expect(ending).not.toBe('never ended');
        return `${statements} statements in ${Math.round(performance.now() - begun)} ms: ${ending}`;
      }));

    it('a transaction left open and idle does not stay', (context) =>
      arena.beside(context, async () => {
        const session = await enter();
        await session.query(LIFT);
        await session.query('begin');
        await session.query('create table held (n int)');
        return gone(inTransaction);
      }));

    it('a lock on its own tables, held by an idle session, does not stay', (context) =>
      arena.beside(context, async () => {
        await arena.attacker.rows('create table mine (n int)');
        const session = await enter();
        await session.query(LIFT);
        await session.query('begin');
        await session.query('lock table mine');
        const outcome = await gone(inTransaction);
        await arena.attacker.rows('select * from mine');
        return outcome;
      }));
  });
});
