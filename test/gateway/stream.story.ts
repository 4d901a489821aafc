import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, newDatabase, setPlan } from '../support/customer';

const { gatewayUrl, controlUrl } = inject('shared');
let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
});

const stream = (query: string, more: object = {}) =>
  fetch(`${gatewayUrl}${db.path}/sql/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${db.key.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, ...more }),
  });

const linesOf = async (answer: Response) =>
  (await answer.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('A streamed result', () => {
  it('is for paid plans, which the free one is told', async () => {
    const answer = await stream('select 1');
    expect(answer.status).toBe(402);
    expect(await answer.json()).toMatchObject({ error: { code: 'plan_required' } });
  });

  it('is lines: fields, one for each row, and an end', async () => {
    await setPlan(controlUrl, db, 'hobby');
    const answer = await stream(`select n, n || E'\\nx' as t from generate_series(1, 3) as n`);
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const lines = await linesOf(answer);
    expect(lines[0].fields.map((field: { name: string }) => field.name)).toEqual(['n', 't']);
    expect(lines.slice(1, 4)).toEqual([
      { n: 1, t: '1\nx' },
      { n: 2, t: '2\nx' },
      { n: 3, t: '3\nx' },
    ]);
    expect(lines[4]).toMatchObject({ command: 'SELECT', rowCount: 3, truncated: false });
  });

  it('ends at the rows of the plan, and says so', async () => {
    const lines = await linesOf(
      await stream('select generate_series(1, 20000) as n', { rowMode: 'array' }),
    );
    expect(lines).toHaveLength(10_002);
    expect(lines[10_000]).toEqual([10_000]);
    expect(lines.at(-1)).toMatchObject({ truncated: true, rowLimit: 10_000 });
  });

  it('that fails before the first row is an ordinary error', async () => {
    const answer = await stream('select nothing');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toMatchObject({ error: { sqlstate: '42703' } });
  });

  it('that fails in the middle says so in its last line', async () => {
    const answer = await stream('select 1 / (1000 - n) as x from generate_series(1, 2000) as n');
    expect(answer.status).toBe(200);
    const lines = await linesOf(answer);
    expect(lines.at(-1)).toMatchObject({ error: { code: 'query_failed', sqlstate: '22012' } });
  });

  it('is not read from Postgres faster than the caller reads', async () => {
    const memory = async () => {
      const metrics = await (await fetch(`${gatewayUrl}/metrics`)).text();
      return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)![1]);
    };
    const before = await memory();
    const answer = await stream(`select repeat('x', 10000) as t from generate_series(1, 6000)`);
    const reader = answer.body!.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await memory()) - before).toBeLessThan(60_000_000);
    await reader.cancel();
    expect(await db.rows('select 1 as n')).toEqual([{ n: 1 }]);
  });
});
