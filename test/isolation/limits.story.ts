import { beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import type { CustomerDatabase } from '../support/customer';
import { gatewayMemory } from '../support/gateway-memory';
import { type Answer, briefly } from '../support/outcomes';
import { giveNumbers, PLENTY } from '../support/plans';
import { linesOf, streamOf } from '../support/streams';

const ROWS = 500;
const MB = 1024 * 1024;

/** Ways to ask for one row more than the plan gives. */
const TOO_MANY: [string, string][] = [
  ['a plain select', 'select generate_series(1, 501) as n'],
  ['a table', 'table many'],
  ['a volatile function', 'select * from volatile_rows()'],
  ['INSERT … RETURNING', 'insert into kept select generate_series(1, 501) returning n'],
  ['UPDATE … RETURNING', 'update many set n = n returning n'],
  [
    'a CTE that writes',
    'with w as (insert into kept select n from many returning n) select * from w',
  ],
  [
    'EXPLAIN, whose lines are rows',
    `explain ${'select n from many union all '.repeat(600)}select 1`,
  ],
  ['a catalog', 'select name from pg_settings, generate_series(1, 3)'],
];

/** COPY in all its disguises. */
const COPIES: string[] = [
  'copy many to stdout',
  'copy many from stdin',
  'COPY (select 1) TO STDOUT',
  '  copy many from stdin with (format binary)',
  '/* select */ copy many to stdout',
  '/* /* nested */ */ -- line\n copy many from stdin',
  '-- select 1\ncopy many from stdin',
  `do $$ begin execute 'copy many to stdout'; end $$`,
  `do $$ begin execute 'copy many from stdin'; end $$`,
  'do $$ begin copy many from stdin; end $$',
  `select copies()`,
  'call copies_in()',
  ';copy many to stdout',
  'select 1; copy many to stdout',
];

onEachServer((server) => {
  const arena = new Arena(server);
  let db: CustomerDatabase;

  beforeAll(async () => {
    db = arena.attacker;
    await giveNumbers(server.controlUrl, db, 'streams', {
      ...PLENTY,
      requests_per_minute: 700_000,
      streaming: true,
    });
    const setUp = [
      'create table many as select generate_series(1, 501) as n',
      'create table kept (n int)',
      `create function volatile_rows() returns setof int volatile language plpgsql as
         $$ begin for i in 1..501 loop return next i; end loop; end $$`,
      `create function copies() returns void language plpgsql as
         $$ begin execute 'copy many to stdout'; end $$`,
      `create procedure copies_in() language plpgsql as $$ begin copy many from stdin; end $$`,
    ];
    for (const query of setUp) await db.rows(query);
  });

  /** The connection that it ran on, or another, answers as before. */
  const stillAnswers = async () => {
    for (let n = 0; n < 3; n++) expect(await db.rows('select 1 as n')).toEqual([{ n: 1 }]);
  };

  describe('The limit of rows holds against', () => {
    it.for(TOO_MANY)('%s: alone, in a batch, in a stream and refused', ([, query], context) =>
      arena.beside(
        context,
        async () => {
          const alone = (await db.sql(query).expect(200)).body;
          const { body } = await db
            .sql({ queries: [{ query: 'select 1' }, { query }] })
            .expect(200);
          const streamed = linesOf(await (await streamOf(db, query)).text());
          const [batched, last] = [body.results[1], streamed.at(-1)];
          for (const result of [alone, batched])
            expect(result.rows.length).toBeLessThanOrEqual(ROWS);
          expect(streamed.length).toBeLessThanOrEqual(ROWS + 2);
          for (const result of [alone, batched, last]) {
            expect(result).toMatchObject({ truncated: true, rowLimit: ROWS });
          }
          const refused = await db.sql({ query, onLimit: 'error' });
          expect(refused.body.error.code).toBe('row_limit');
          return `${alone.rows.length}, ${batched.rows.length}, ${streamed.length - 2} rows`;
        },
        { atLeastMs: 200 },
      ),
    );
  });

  describe('The limit of bytes holds against', () => {
    const huge = `select repeat('x', 300000000) as big`;
    const within = (answer: Answer) => {
      expect(answer.status).toBe(400);
      expect(['response_too_large', 'query_timeout', 'query_failed']).toContain(
        answer.body.error?.code,
      );
      return briefly(answer);
    };
    const withoutGrowing = async (attack: () => Promise<string>, bytesMax = 200 * MB) => {
      const before = await gatewayMemory(server.gatewayUrl);
      const outcome = await attack();
      const grown = (await gatewayMemory(server.gatewayUrl)) - before;
      expect(grown).toBeLessThan(bytesMax);
      await stillAnswers();
      return outcome;
    };

    it('one row of 300 MB', (context) =>
      arena.beside(context, () => withoutGrowing(async () => within(await db.sql(huge)))));

    it('one row of 300 MB at the end of a batch', (context) =>
      arena.beside(context, () =>
        withoutGrowing(async () =>
          within(await db.sql({ queries: [{ query: 'select 1' }, { query: huge }] })),
        ),
      ));

    it('one row of 300 MB in a stream', (context) =>
      arena.beside(context, () =>
        withoutGrowing(async () => {
          const answer = await streamOf(db, huge);
          const text = await answer.text();
          expect(text.length).toBeLessThan(15 * MB);
          return JSON.parse(text.trim().split('\n').at(-1)!).error.code;
        }),
      ));

    it('a batch of answers that are each below it', (context) =>
      arena.beside(context, () =>
        withoutGrowing(async () => {
          const query = `select repeat('x', 4000000) as big`;
          return within(await db.sql({ queries: Array.from({ length: 50 }, () => ({ query })) }));
        }),
      ));

    it('the text of an error', (context) =>
      arena.beside(context, () =>
        withoutGrowing(async () => {
          const answer = await db.sql(`do $$ begin raise exception using
            message = repeat('m', 20000000), detail = repeat('d', 20000000); end $$`);
          expect(answer.status).toBe(400);
          expect(answer.text.length).toBeLessThan(15 * MB);
          return `${briefly(answer)}, ${answer.text.length} bytes`;
        }),
      ));

    it('a column’s name and a thousand columns of them', (context) =>
      arena.beside(context, () =>
        withoutGrowing(async () => {
          const columns = Array.from({ length: 1600 }, (_, n) => `n as "${'c'.repeat(58)}${n}"`);
          const answer = await db.sql(`select ${columns.join(', ')} from many limit 400`);
          expect(answer.text.length).toBeLessThan(60 * MB);
          return `${briefly(answer)}, ${Math.round(answer.text.length / MB)} MB`;
          // An answer that is given, of 52 MB: some times its size until it has gone out.
        }, 400 * MB),
      ));
  });

  describe('Notices without end', () => {
    it('do not reach the gateway’s memory, and the answer is given', (context) =>
      arena.beside(context, async () => {
        const before = await gatewayMemory(server.gatewayUrl);
        const answer = await db.sql({
          queries: [
            { query: 'set client_min_messages = notice' },
            {
              query: `do $$ begin for n in 1..20000 loop raise notice '%', repeat('x', 5000);
                end loop; end $$`,
            },
            { query: 'select 42 as n' },
          ],
        });
        const grown = (await gatewayMemory(server.gatewayUrl)) - before;
        expect(grown).toBeLessThan(150 * MB);
        await stillAnswers();
        return `${briefly(answer)}; the gateway grew by ${Math.round(grown / MB)} MB`;
      }));
  });

  describe('COPY does not open a way past the limits as', () => {
    it.for(COPIES)('%j', (query, context) =>
      arena.beside(
        context,
        async () => {
          const alone = await db.sql(query);
          const batched = await db.sql({ queries: [{ query: 'select 1' }, { query }] });
          const streamed = await streamOf(db, query);
          for (const { status } of [alone, batched, streamed]) expect(status).toBe(400);
          await streamed.text();
          await stillAnswers();
          expect(await db.rows('select count(*)::int as n from many')).toEqual([{ n: 501 }]);
          return `${briefly(alone)}, ${briefly(batched)}`;
        },
        { atLeastMs: 100 },
      ),
    );
  });
});
