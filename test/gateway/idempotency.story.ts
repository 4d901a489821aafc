import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, newDatabase } from '../support/customer';

let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(inject('shared').gatewayUrl);
  await db.rows('create table orders (id int generated always as identity, what text)');
});

const order = (key: string, what: string, secret = db.key.secret) =>
  db.sql(
    { query: 'insert into orders (what) values ($1) returning id', params: [what] },
    { secret, headers: { 'idempotency-key': key } },
  );

const count = async (what: string) =>
  (
    await db.rows<{ n: number }>('select count(*)::int as n from orders where what = $1', [what])
  )[0]!.n;

describe('A write with an Idempotency-Key', () => {
  it('happens once, and its repeat gets the same answer and is told so', async () => {
    const key = randomUUID();
    const first = await order(key, 'tea').expect(200);
    const second = await order(key, 'tea').expect(200);
    expect(second.text).toBe(first.text);
    expect(first.headers['howdah-replayed']).toBeUndefined();
    expect(second.headers['howdah-replayed']).toBe('true');
    expect(await count('tea')).toBe(1);
  });

  it('happens once when its repeats come at the same time', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => order(key, 'coffee')));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(await count('coffee')).toBe(1);
  });

  it('is refused when the key was used for something else', async () => {
    const key = randomUUID();
    await order(key, 'milk').expect(200);
    const { body } = await order(key, 'sugar').expect(422);
    expect(body.error.code).toBe('idempotency_mismatch');
    expect(await count('sugar')).toBe(0);
  });

  it('is told again that its rows were cut', async () => {
    const key = randomUUID();
    const send = () =>
      db.sql('select generate_series(1, 600) as n', { headers: { 'idempotency-key': key } });
    await send().expect('howdah-truncated', 'true');
    await send().expect('howdah-truncated', 'true').expect('howdah-replayed', 'true');
  });

  it('that failed may be tried again', async () => {
    const key = randomUUID();
    const failing = { query: 'insert into orders (nothing) values (1)' };
    await db.sql(failing, { headers: { 'idempotency-key': key } }).expect(400);
    await order(key, 'cake').expect(200);
    expect(await count('cake')).toBe(1);
  });

  it('works for a batch, and with a key of role write', async () => {
    const writer = await db.newKey({ role: 'write' });
    const key = randomUUID();
    const batch = {
      queries: [
        { query: `insert into orders (what) values ('batched')` },
        { query: `select count(*)::int as n from orders where what = 'batched'` },
      ],
    };
    const send = () =>
      db.sql(batch, { secret: writer.secret, headers: { 'idempotency-key': key } }).expect(200);
    const [first, second] = [await send(), await send()];
    expect(second.text).toBe(first.text);
    expect(await count('batched')).toBe(1);
  });
});
