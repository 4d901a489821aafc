import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, type Key, newDatabase, setPlan } from '../support/customer';

const { gatewayUrl, controlUrl } = inject('shared');
let db: CustomerDatabase;
let reader: Key;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
  await setPlan(controlUrl, db, 'scale');
  reader = await db.newKey({ role: 'read' });
  await db.rows('create table kept (n int)');
});

const read = (body: object | string) => db.sql(body, { secret: reader.secret });
const stream = (query: string, secret = db.key.secret) =>
  fetch(`${gatewayUrl}${db.path}/sql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ query }),
  });

describe('A statement that changes client_encoding', () => {
  it.each([
    [`select set_config('client_encoding', 'SJIS', false), array['a ソ']`],
    [`select set_config('client_encoding', 'BIG5', false), array['功', '許']`],
    [`select set_config('client_encoding', 'LATIN1', false), chr(233)`],
    [`select set_config('client_encoding', 'LATIN1', false)`],
  ])('is told so: %s', async (query) => {
    const { body } = await read(query).expect(400);
    expect(body.error.code).toBe('invalid_text');
    const [row] = (await read(`select array['a ソ', 'é'] as t`).expect(200)).body.rows;
    expect(row).toEqual({ t: ['a ソ', 'é'] });
  });

  it('and sets it back is told so', async () => {
    const query = `select set_config('client_encoding', 'SJIS', true), array['a ソ']`;
    const queries = [{ query }, { query: 'reset client_encoding' }];
    const { body } = await db.sql({ queries }).expect(400);
    expect(body.error.code).toBe('invalid_text');
  });

  it.each([
    [`select set_config('client_encoding', 'LATIN1', false), chr(233)`],
    [`select set_config('client_encoding', 'LATIN1', false), 'é'`],
    [
      `select case when n = 1000 then set_config('client_encoding', 'SJIS', false) end, array['a ソ']
        from generate_series(1, 20000) as n`,
    ],
  ])('streams nothing but UTF-8: %s', async (query) => {
    const answer = await stream(query);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const last = JSON.parse(text.trim().split('\n').at(-1)!);
    expect(last.error.code).toBe('invalid_text');
  });
});
