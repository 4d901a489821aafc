import request, { type Test } from 'supertest';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, newDatabase, signUp } from '../support/customer';

const { gatewayUrl } = inject('shared');
let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
});

const asOwner = (call: Test) => call.set('authorization', `Bearer ${db.owner.token}`);
const api = () => request(gatewayUrl);

/** As JSON writes them: what Postgres cannot hold, or UTF-8 cannot say. */
const UNSTORABLE = ['a\\u0000b', '\\u0000', '\\ud800', 'a\\udc00b'];

const post = (path: string, json: string) =>
  asOwner(api().post(path)).set('content-type', 'application/json').send(json);

describe('A name that cannot be kept', () => {
  it.each(UNSTORABLE)('is refused for a database: %s', async (name) => {
    const { body, headers } = await post('/v1/databases', `{"name":"${name}"}`).expect(400);
    expect(body.error).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('name'),
      requestId: headers['howdah-request-id'],
    });
    expect(headers['access-control-allow-origin']).toBe('*');
  });

  it.each(UNSTORABLE)('is refused for a key: %s', async (name) => {
    const json = `{"role":"read","name":"${name}"}`;
    const { body } = await post(`${db.path}/keys`, json).expect(400);
    expect(body.error).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('name'),
    });
  });

  it.each(UNSTORABLE)('is refused for an account: %s', async (name) => {
    const password = 'correct horse battery staple';
    for (const json of [
      `{"email":"${name}@example.com","password":"${password}"}`,
      `{"email":"somebody@example.com","password":"${password}${name}"}`,
    ]) {
      const { body } = await post('/v1/accounts', json).expect(400);
      expect(body.error.code).toBe('invalid_request');
    }
  });

  it('is refused, and one in letters of any kind is kept', async () => {
    const owner = await signUp(gatewayUrl);
    const name = 'Žluťoučký 🐘 象';
    const { body } = await api()
      .post('/v1/databases')
      .set('authorization', `Bearer ${owner.token}`)
      .send({ name })
      .expect(202);
    expect(body.database.name).toBe(name);
  });
});

const NOWHERE: [string, () => Test][] = [
  ['GET /v1/databases/%00', () => api().get('/v1/databases/%00')],
  ['DELETE /v1/databases/db%00', () => api().delete('/v1/databases/db%00')],
  ['GET /v1/databases/db%00/keys', () => api().get('/v1/databases/db%00/keys')],
  [
    'POST /v1/databases/db%00/sql',
    () => api().post('/v1/databases/db%00/sql').send({ query: 'select 1' }),
  ],
  ['DELETE {db}/keys/%00', () => api().delete(`${db.path}/keys/%00`)],
  ['DELETE {db}/keys/key%20', () => api().delete(`${db.path}/keys/key%20`)],
];

describe('An id that is none', () => {
  it.each(NOWHERE)('leads nowhere: %s', async (_address, call) => {
    const { body, headers } = await asOwner(call()).expect(404);
    expect(body.error).toMatchObject({
      code: 'not_found',
      requestId: headers['howdah-request-id'],
    });
    expect(headers['access-control-allow-origin']).toBe('*');
  });
});
