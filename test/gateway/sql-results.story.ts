import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, newDatabase } from '../support/customer';

let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(inject('shared').gatewayUrl);
});

async function value(expression: string): Promise<unknown> {
  const [row] = await db.rows<{ v: unknown }>(`select ${expression} as v`);
  return row!.v;
}

describe('A statement', () => {
  it('answers rows, fields, its command and how long it took', async () => {
    const { body } = await db.sql(`select 1 as id, 'ann' as name`).expect(200);
    expect(body).toMatchObject({
      command: 'SELECT',
      rowCount: 1,
      truncated: false,
      rowLimit: 500,
      fields: [
        { name: 'id', dataTypeID: 23, type: 'int4' },
        { name: 'name', dataTypeID: 25, type: 'text' },
      ],
      rows: [{ id: 1, name: 'ann' }],
    });
    expect(body.durationMs).toBeGreaterThan(0);
  });

  it('takes parameters of every kind that JSON has', async () => {
    const [row] = await db.rows(
      `select $1::text as t, $2::int as i, $3::float8 as f, $4::bool as b, $5::text as n,
              $6::jsonb as j, $7::int[] as a, $8::text[] as s`,
      ['x', 7, 1.5, true, null, { a: [1, { b: 'c' }] }, [1, null, 3], ['a"b', 'c\\d', 'NULL', '']],
    );
    expect(row).toEqual({
      t: 'x',
      i: 7,
      f: 1.5,
      b: true,
      n: null,
      j: { a: [1, { b: 'c' }] },
      a: [1, null, 3],
      s: ['a"b', 'c\\d', 'NULL', ''],
    });
  });

  it('tells how many rows a write changed', async () => {
    await db.rows('create table counted (n int)');
    const { body } = await db.sql('insert into counted select generate_series(1, 3)').expect(200);
    expect(body).toMatchObject({ command: 'INSERT', rowCount: 3, fields: [], rows: [] });
  });

  it('gives rows as arrays when asked to, also with two columns of one name', async () => {
    const { body } = await db.sql({ query: 'select 1 as a, 2 as a', rowMode: 'array' }).expect(200);
    expect(body.rows).toEqual([[1, 2]]);
  });

  it('that is empty answers nothing at all', async () => {
    const { body } = await db.sql('-- only a comment').expect(200);
    expect(body).toMatchObject({ rows: [], fields: [] });
  });
});

const LOSSLESS: [string, unknown][] = [
  [`1::int2`, 1],
  [`(-2147483648)::int4`, -2147483648],
  [`9007199254740993::int8`, '9007199254740993'],
  [`'9007199254740993.000000000000000001'::numeric`, '9007199254740993.000000000000000001'],
  [`'NaN'::numeric`, 'NaN'],
  [`1.5::float4`, 1.5],
  [`1e-7::float8`, 1e-7],
  [`1e300::float8`, 1e300],
  [`0.1::float8 + 0.2::float8`, 0.1 + 0.2],
  [`'NaN'::float8`, 'NaN'],
  [`'-Infinity'::float8`, '-Infinity'],
  [`true`, true],
  [`null::int`, null],
  [`'{"a": [1, "x\\n"], "b": null}'::json`, { a: [1, 'x\n'], b: null }],
  [`'null'::jsonb`, null],
  [`timestamp '2026-01-02 03:04:05.123456'`, '2026-01-02T03:04:05.123456'],
  [`timestamptz '2026-01-02 03:04:05.123456+02'`, '2026-01-02T01:04:05.123456+00:00'],
  [`'infinity'::timestamptz`, 'infinity'],
  [`date '2026-01-02'`, '2026-01-02'],
  [`'\\x00ff10'::bytea`, 'AP8Q'],
  [`'{}'::int[]`, []],
  [
    `'{{1,2},{3,NULL}}'::int[]`,
    [
      [1, 2],
      [3, null],
    ],
  ],
  [`'{a,"b c",NULL,"NULL","q\\"q"}'::text[]`, ['a', 'b c', null, 'NULL', 'q"q']],
  [`array[true, false]`, [true, false]],
  [`array[9007199254740993::int8]`, ['9007199254740993']],
  [`array['{"a":1}'::jsonb]`, [{ a: 1 }]],
  [`'a"b\\c'::text`, 'a"b\\c'],
  [`E'tab\\tline\\nbell\\u0007'`, 'tab\tline\nbell\u0007'],
  [`'žluťoučký 🐘'`, 'žluťoučký 🐘'],
  [`interval '1 day 02:03:04'`, '1 day 02:03:04'],
  [`int4range(1, 5)`, '[1,5)'],
  [`row(1, 'a')::text`, '(1,a)'],
];

describe('Values', () => {
  it.each(LOSSLESS)('%s comes back whole', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected);
  });

  it('keeps a number in jsonb that JavaScript cannot hold, in the bytes of the answer', async () => {
    const { text } = await db.sql(`select '{"n": 9007199254740993}'::jsonb as v`).expect(200);
    expect(text).toContain('{"n": 9007199254740993}');
  });

  it('of types that the customer made are named, and their arrays are arrays', async () => {
    await db.rows(`create type mood as enum ('sad', 'so so', 'happy')`);
    const { body } = await db
      .sql(`select 'so so'::mood as one, array['sad','so so']::mood[] as many`)
      .expect(200);
    expect(body.rows).toEqual([{ one: 'so so', many: ['sad', 'so so'] }]);
    expect(body.fields.map((field: { type: string }) => field.type)).toEqual(['mood', '_mood']);
  });
});

describe('A result over the limit of rows', () => {
  it('is cut, and says so in the body and in a header that pages can read', async () => {
    const answer = await db.sql('select * from generate_series(1, 1000) as n').expect(200);
    expect(answer.body).toMatchObject({ truncated: true, rowLimit: 500, rowCount: 500 });
    expect(answer.body.rows).toHaveLength(500);
    expect(answer.headers['howdah-truncated']).toBe('true');
    expect(answer.headers['access-control-expose-headers']).toContain('Howdah-Truncated');
  });

  it('is not cut when it has just as many rows as the limit', async () => {
    const { body } = await db.sql('select generate_series(1, 500) as n').expect(200);
    expect(body).toMatchObject({ truncated: false, rowCount: 500 });
  });

  it('is an error when the caller wants that, and then nothing was kept', async () => {
    await db.rows('create table kept (n int)');
    const { body } = await db
      .sql({
        query: 'insert into kept select generate_series(1, 501) returning n',
        onLimit: 'error',
      })
      .expect(400);
    expect(body.error.code).toBe('row_limit');
    expect(await db.rows('select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  });

  it('still inserts all of a capped INSERT … RETURNING', async () => {
    await db.rows('create table all_of_them (n int)');
    const { body } = await db
      .sql('insert into all_of_them select generate_series(1, 600) returning n')
      .expect(200);
    expect(body).toMatchObject({ truncated: true });
    expect(await db.rows('select count(*)::int as n from all_of_them')).toEqual([{ n: 600 }]);
  });
});

describe('An SQL error', () => {
  it('keeps what Postgres said, with the position', async () => {
    const { body } = await db.sql('select nothing from nowhere').expect(400);
    expect(body.error).toMatchObject({
      code: 'query_failed',
      sqlstate: '42P01',
      message: 'relation "nowhere" does not exist',
      position: 21,
    });
    expect(body.error.requestId).toMatch(/^req_/);
    expect(body.error.docs).toContain('query_failed');
  });

  it('names the constraint, the table and the detail', async () => {
    await db.rows('create table once (n int constraint only_once primary key)');
    await db.rows('insert into once values (1)');
    const { body } = await db.sql('insert into once values (1)').expect(400);
    expect(body.error).toMatchObject({
      sqlstate: '23505',
      constraint: 'only_once',
      table: 'once',
      detail: 'Key (n)=(1) already exists.',
    });
  });

  it('that comes only at the commit is an error all the same', async () => {
    await db.rows(`create table parent (id int primary key);`);
    await db.rows(
      `create table child (parent int references parent deferrable initially deferred)`,
    );
    const { body } = await db.sql('insert into child values (7)').expect(400);
    expect(body.error).toMatchObject({ code: 'query_failed', sqlstate: '23503' });
    expect(await db.rows('select * from child')).toEqual([]);
  });
});

describe('A batch', () => {
  it('gives a result for each statement', async () => {
    const { body } = await db
      .sql({
        queries: [
          { query: 'create table batched (n int)' },
          { query: 'insert into batched values ($1), ($2) returning n', params: [1, 2] },
          { query: 'select sum(n)::int as sum from batched', rowMode: 'array' },
        ],
      })
      .expect(200);
    expect(body.results.map((result: { command: string }) => result.command)).toEqual([
      'CREATE TABLE',
      'INSERT',
      'SELECT',
    ]);
    expect(body.results[2].rows).toEqual([[3]]);
  });

  it('happens whole or not at all, and says which statement failed', async () => {
    await db.rows('create table atomic (n int check (n > 0))');
    const { body } = await db
      .sql({
        queries: [
          { query: 'insert into atomic values (1)' },
          { query: 'insert into atomic values (-1)' },
          { query: 'insert into atomic values (2)' },
        ],
      })
      .expect(400);
    expect(body.error).toMatchObject({ sqlstate: '23514', statement: 1 });
    expect(await db.rows('select * from atomic')).toEqual([]);
  });

  it('cannot be ended from within', async () => {
    await db.rows('create table escaped (n int)');
    for (const query of [
      'commit',
      'ROLLBACK',
      '/* x */ end',
      'begin',
      'prepare transaction $$x$$',
    ]) {
      const { body } = await db
        .sql({ queries: [{ query: 'insert into escaped values (1)' }, { query }] })
        .expect(400);
      expect(body.error.code, query).toBe('transaction_control');
    }
    expect(await db.rows('select * from escaped')).toEqual([]);
  });

  it('can be read-only, and then cannot write', async () => {
    const { body } = await db
      .sql({ queries: [{ query: 'create table never (n int)' }], readOnly: true })
      .expect(400);
    expect(body.error.sqlstate).toBe('25006');
  });

  it('runs in the isolation level that was asked for', async () => {
    const { body } = await db
      .sql({ queries: [{ query: 'show transaction_isolation' }], isolation: 'serializable' })
      .expect(200);
    expect(body.results[0].rows).toEqual([{ transaction_isolation: 'serializable' }]);
  });
});
