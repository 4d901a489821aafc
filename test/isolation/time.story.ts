import { expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { backendsOf } from '../support/backends';

/** Over the limit an answer may be late by the two rungs of the ladder and the way back. */
const ENDED_MS = 1_300;

const sleep = { query: 'select pg_sleep(30)' };
/** Both, as far as this version has them. */
const LIFT = `set_config(name, '0', false) from pg_settings
  where name in ('statement_timeout', 'transaction_timeout')`;

onEachServer((server) => {
  const arena = new Arena(server);

  /** The request is answered in time, and its backend does nothing any more. */
  async function ends(body: object | string): Promise<string> {
    const answer = await arena.attacker.sql(body);
    expect(answer.body.error, answer.text.slice(0, 300)).toMatchObject({
      code: 'query_timeout',
      limitMs: 1000,
    });
    expect(answer.body.error.elapsedMs).toBeLessThan(ENDED_MS);
    await expect
      .poll(() => backendsOf(server, arena.attacker, 'active'), { timeout: 1_500 })
      .toEqual([]);
    return `ended after ${Math.round(answer.body.error.elapsedMs)} ms`;
  }

  it('A SET in an earlier request does not lift the limit of time', (context) =>
    arena.beside(context, async () => {
      await arena.attacker.sql(`set statement_timeout = 0`).expect(200);
      return ends(sleep);
    }));

  it('A SET in the same batch does not lift the limit of time', (context) =>
    arena.beside(context, () =>
      ends({ queries: [{ query: 'set statement_timeout = 0' }, sleep] }),
    ));

  it('ALTER ROLE CURRENT_USER SET does not lift the limit of time', (context) =>
    arena.beside(context, async () => {
      for (const target of ['current_user', 'session_user']) {
        for (const setting of ['statement_timeout', 'lock_timeout']) {
          await arena.attacker.sql(`alter role ${target} set ${setting} = 0`);
        }
      }
      return ends(sleep);
    }));

  it('A loop that swallows query_canceled does not outlive the limit of time', (context) =>
    arena.beside(context, () =>
      ends(`do $$ begin loop begin perform pg_sleep(30);
        exception when query_canceled then null; end; end loop; end $$`),
    ));

  it('A handler of every error, assert and cancel included, does not either', (context) =>
    arena.beside(context, () =>
      ends(`do $$ begin loop begin loop perform sqrt(2); end loop;
        exception when query_canceled or assert_failure or others then null; end; end loop; end $$`),
    ));

  it('A deferred constraint trigger that loops at COMMIT, with no timer, is ended', (context) =>
    arena.beside(context, async () => {
      const { attacker } = arena;
      await attacker.rows('create table trapped (n int)');
      await attacker.rows(`create function trap() returns trigger language plpgsql as
        $$ begin loop begin perform set_config('statement_timeout', '0', false);
           perform pg_sleep(30); exception when query_canceled then null; end; end loop; end $$`);
      await attacker.rows(`create constraint trigger trap after insert on trapped
        deferrable initially deferred for each row execute function trap()`);
      const outcome = await ends('insert into trapped values (1)');
      await ends({ queries: [{ query: 'insert into trapped values (2)' }] });
      expect(await attacker.rows('select * from trapped')).toEqual([]);
      return outcome;
    }));

  it('Three statements of 0.9 s in one batch have the time of one', (context) =>
    arena.beside(context, () => {
      const query = 'select pg_sleep(0.9)';
      return ends({ queries: [{ query }, { query }, { query }] });
    }));

  it('A procedure that commits in a loop begins no new time with each transaction', (context) =>
    arena.beside(context, () =>
      ends(`do $$ begin loop perform ${LIFT};
        perform pg_sleep(0.05); commit; end loop; end $$`),
    ));

  it('A setting that reads as a limit of zero from inside a function lifts nothing', (context) =>
    arena.beside(context, async () => {
      await arena.attacker.rows(`create or replace function endless() returns void language plpgsql
        set statement_timeout = 0 as $$ begin perform pg_sleep(30); end $$`);
      return ends('select endless()');
    }));

  it('A rule that waits, hidden in a view, has the time of its statement', (context) =>
    arena.beside(context, async () => {
      await arena.attacker.rows('create view slow as select pg_sleep(30)::text as waited');
      return ends('select * from slow');
    }));

  it('A recursion without an end is over at the limit', (context) =>
    arena.beside(context, () =>
      ends(
        'with recursive r as (select 1 as n union all select n + 1 from r) select max(n) from r',
      ),
    ));

  it('A join of everything with everything is over at the limit', (context) =>
    arena.beside(context, () =>
      ends('select count(*) from generate_series(1, 200000) as a, generate_series(1, 200000) as b'),
    ));
});
