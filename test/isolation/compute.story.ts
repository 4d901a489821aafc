import { describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { atOnce, outcomesOf } from '../support/outcomes';
import { giveNumbers, PLENTY } from '../support/plans';

const BUDGET_MS = 2_500;

onEachServer((server) => {
  const arena = new Arena(server);

  describe('The seconds of computing that a plan has a minute', () => {
    it('are all that a tenant who never stops asking gets', (context) =>
      arena.beside(context, async () => {
        const { attacker } = arena;
        await giveNumbers(server.controlUrl, attacker, 'little-time', {
          ...PLENTY,
          requests_per_minute: 500_001,
          compute_ms_per_minute: BUDGET_MS,
        });
        const query = `select count(*) from generate_series(1, 1000000)`;
        const answers = [];
        for (let round = 0; round < 60; round++) {
          answers.push(...(await atOnce(4, () => attacker.sql(query))));
          if (answers.at(-1)!.status === 429) break;
        }
        const last = answers.at(-1)!;
        expect(last.status, outcomesOf(answers)).toBe(429);
        expect(last.body.error).toMatchObject({ code: 'compute_limit' });
        const seconds = Number(last.headers['retry-after']);
        expect(seconds).toBeGreaterThan(0);
        expect(seconds).toBeLessThanOrEqual(60);
        expect(last.body.error.retryAfter).toBe(seconds);
        return `${outcomesOf(answers)}; again in ${seconds} s`;
      }));

    it('are counted for statements that fail and those that are ended, too', (context) =>
      arena.beside(context, async () => {
        const other = await arena.newAttacker();
        await giveNumbers(server.controlUrl, other, 'little-time', {});
        const answers = [];
        for (let round = 0; round < 8; round++) {
          answers.push(await other.sql(`do $$ begin perform pg_sleep(0.8); raise 'no'; end $$`));
          answers.push(await other.sql('select pg_sleep(5)'));
        }
        expect(answers.at(-1)!.body.error.code, outcomesOf(answers)).toBe('compute_limit');
        return outcomesOf(answers);
      }));
  });
});
