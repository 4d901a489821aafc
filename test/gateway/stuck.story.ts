import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DirectDatabase } from '../support/direct-database';

/** Keeps Postgres' lexer at work for long enough; it asks for no signal there. */
const DEAF = `do $$ begin
  execute repeat('/' || '*', 40000) || repeat('*' || '/', 40000) || 'select 1'; end $$`;
const PATIENCE_MS = 30_000;

let db: DirectDatabase;
const stubborn: string[] = [];

beforeAll(async () => {
  db = await DirectDatabase.make(inject('shared'), { onStubborn: (id) => stubborn.push(id) });
});
afterAll(() => db.runner.close());

const refusal = (query: string) =>
  db.ask(query).then(
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
    expect(await refusal(DEAF)).toMatchObject({ code: 'query_timeout' });
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
