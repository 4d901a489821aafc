import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporaryPostgres } from '../../scripts/embedded-postgres.mjs';
import { DirectDatabase } from '../support/direct-database';
import { type Stack, startStack } from '../support/stack';

/** Keeps Postgres' lexer at work, by the square of the depth; it asks for no signal there. */
const deaf = (depth: number) => `do $$ begin
  execute repeat('/' || '*', ${depth}) || repeat('*' || '/', ${depth}) || 'select 1'; end $$`;
const PATIENCE_MS = 30_000;
const CAP = 4;

// A cluster of its own: the reaper's password is that of the stack that prepared a cluster last.
let postgres: Awaited<ReturnType<typeof startTemporaryPostgres>>;
let stack: Stack;
let db: DirectDatabase;
const stubborn: string[] = [];

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  stack = await startStack({ adminUrl: postgres.adminUrl, name: 'stuck' });
  db = await DirectDatabase.make(stack, { onStubborn: (id) => void stubborn.push(id) });
});
afterAll(async () => {
  await db.runner.close();
  await stack.stop();
  // At once: a deaf backend would keep an ordinary stop waiting.
  postgres.service.signal('SIGQUIT');
  await postgres.stop();
});

const refusal = (query: string, of = db) =>
  of.ask(query).then(
    () => null,
    (error: { code: string; details: unknown }) => error,
  );

describe('A statement that goes on after its session was ended', () => {
  it('cannot be the text of a query: that is refused before it is sent', async () => {
    const bomb = `${'/*'.repeat(250_000)}${'*/'.repeat(250_000)}select 1`;
    expect(await refusal(bomb)).toMatchObject({ code: 'invalid_request' });
    const nested = `${'/* '.repeat(50_000)}${'*/ '.repeat(50_000)}select 1 as n`;
    expect(await db.ask(nested)).toMatchObject({ rows: [{ n: 1 }] });
  });

  it('keeps its database from beginning another, and is told of once', async () => {
    expect(await refusal(deaf(40_000))).toMatchObject({ code: 'query_timeout' });
    const until = Date.now() + PATIENCE_MS;
    let refused = await refusal('select 1');
    while (refused?.code !== 'busy' && Date.now() < until) {
      await sleep(20);
      refused = await refusal('select 1');
    }
    expect(refused).toMatchObject({ code: 'busy', details: { retryAfter: 2 } });
    expect(db.runner.stats().stuck).toBe(1);
    while (stubborn.length === 0 && Date.now() < until) await sleep(50);
    expect(stubborn).toEqual([db.route.id]);
    expect(await refusal('select 1')).toMatchObject({ code: 'busy' });
  });
});

describe('Statements that go on after their sessions were ended', () => {
  let attackers: DirectDatabase[];
  let victim: DirectDatabase;

  /** Three databases of three accounts, asked through one process' few connections. */
  beforeAll(async () => {
    victim = await DirectDatabase.make(stack, { connectionsMax: CAP });
    attackers = await Promise.all(
      ['one', 'two'].map(async (accountId) => {
        const { runner, route } = await DirectDatabase.make(stack);
        await runner.close();
        return new DirectDatabase(victim.runner, { ...route, accountId });
      }),
    );
  });
  afterAll(() => victim.runner.close());

  it('take no connection from the neighbours, though they are as many as all may have', async () => {
    const asked = [...attackers, ...attackers].map((of) => refusal(deaf(30_000), of));
    for (const answer of await Promise.all(asked)) {
      expect(answer).toMatchObject({ code: 'query_timeout' });
    }
    expect(victim.runner.stats()).toMatchObject({ open: CAP });
    const answers = await Promise.all(
      Array.from({ length: CAP }, () => victim.ask('select 1 as n from pg_sleep(0.3)')),
    );
    for (const answer of answers) expect(answer).toMatchObject({ rows: [{ n: 1 }] });
    expect(victim.runner.stats()).toMatchObject({ open: 2 * CAP, stuck: CAP });
    for (const of of attackers) {
      expect(await refusal('select 1', of)).toMatchObject({ code: 'busy' });
    }
  });
});
