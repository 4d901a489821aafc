import { request as httpRequest } from 'node:http';
import request from 'supertest';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, newDatabase, signUp } from '../support/customer';

const { gatewayUrl } = inject('shared');
let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
});

/** A body as it is, byte for byte. */
const raw = (body: string, type = 'application/json') =>
  request(gatewayUrl)
    .post(`${db.path}/sql`)
    .set({ authorization: `Bearer ${db.key.secret}`, 'content-type': type })
    .send(body);

const many = Array.from({ length: 70_000 }, () => 1);

const BODIES: [string, string, number, string, RegExp][] = [
  ['JSON that is cut off', '{"query": "select 1"', 400, 'invalid_json', /not valid JSON/],
  ['an empty body', '', 400, 'invalid_json', /empty/],
  ['an array', '[]', 400, 'invalid_request', /JSON object/],
  ['null', 'null', 400, 'invalid_request', /JSON object/],
  ['no query', '{}', 400, 'invalid_request', /query/],
  ['a query that is a number', '{"query": 1}', 400, 'invalid_request', /query/],
  ['an empty query', '{"query": ""}', 400, 'invalid_request', /query/],
  [
    'a field that does not exist',
    '{"query": "select 1", "parms": []}',
    400,
    'invalid_request',
    /parms/,
  ],
  [
    'parameters that are no array',
    '{"query": "select 1", "params": {}}',
    400,
    'invalid_request',
    /params/,
  ],
  [
    'an unknown row mode',
    '{"query": "select 1", "rowMode": "rows"}',
    400,
    'invalid_request',
    /rowMode/,
  ],
  ['no statement in a batch', '{"queries": []}', 400, 'invalid_request', /queries/],
  [
    'a wrong statement in a batch',
    '{"queries": [{"query": 5}]}',
    400,
    'invalid_request',
    /queries\.0\.query/,
  ],
  [
    'a prototype in disguise',
    '{"query": "select 1", "__proto__": {"x": 1}}',
    400,
    'invalid_request',
    /__proto__/,
  ],
  [
    'two statements in one string',
    '{"query": "select 1; select 2"}',
    400,
    'query_failed',
    /multiple commands/,
  ],
  [
    'a NUL in the query',
    '{"query": "select \'\\u0000\'"}',
    400,
    'invalid_text',
    /query.*U\+0000|U\+0000.*query/s,
  ],
  [
    'a NUL in a parameter',
    '{"query": "select $1", "params": ["a\\u0000b"]}',
    400,
    'invalid_text',
    /params\.0/,
  ],
  [
    'half a surrogate pair',
    '{"query": "select $1", "params": ["\\ud800"]}',
    400,
    'invalid_text',
    /params\.0/,
  ],
  [
    'a number that JSON rounded',
    '{"query": "select $1", "params": [9007199254740993]}',
    400,
    'invalid_request',
    /string/,
  ],
  [
    '70,000 parameters',
    JSON.stringify({ query: 'select 1', params: many }),
    400,
    'too_many_parameters',
    /65.?535/,
  ],
  [
    'a body of 2 MB',
    JSON.stringify({ query: `select '${'x'.repeat(2_000_000)}'` }),
    413,
    'payload_too_large',
    /1 MB/,
  ],
];

describe('A request to run SQL is told what is wrong with', () => {
  it.each(BODIES)('%s', async (_name, body, status, code, message) => {
    const answer = await raw(body);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body.error.code).toBe(code);
    expect(answer.body.error.message).toMatch(message);
    expect(answer.body.error.requestId).toBe(answer.headers['howdah-request-id']);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.text).not.toMatch(/\bat .*\.(js|ts):\d+/);
  });

  it('a body that is not said to be JSON', async () => {
    const answer = await raw('<xml/>', 'application/xml');
    expect(answer.status).toBe(415);
    expect(answer.body.error.code).toBe('unsupported_media_type');
  });

  it('fewer parameters than the statement has', async () => {
    const { body } = await db.sql({ query: 'select $1::int, $2::int', params: [1] }).expect(400);
    expect(body.error).toMatchObject({ code: 'query_failed', sqlstate: '08P01' });
  });

  it('a COPY', async () => {
    for (const query of ['copy (select 1) to stdout', 'copy pg_class from stdin']) {
      const answer = await db.sql(query);
      expect(answer.status, query).toBe(400);
    }
    expect(await db.rows('select 1 as still_here')).toEqual([{ still_here: 1 }]);
  });

  it('a BEGIN of its own', async () => {
    const { body } = await db.sql('begin').expect(400);
    expect(body.error.code).toBe('transaction_control');
    expect(body.error.message).toContain('queries');
  });

  it('an Idempotency-Key that is none', async () => {
    const answer = await db.sql('select 1', { headers: { 'idempotency-key': 'x'.repeat(256) } });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('invalid_request');
  });
});

describe('Whoever is not allowed in', () => {
  it('without a key is told to send one', async () => {
    const answer = await request(gatewayUrl).post(`${db.path}/sql`).send({ query: 'select 1' });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toMatchObject({ code: 'unauthenticated' });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it.each([
    'hdk_admin_0123456789',
    'Bearer',
    'x'.repeat(5000),
    'hdk_admin_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ])('with the key %.30s is refused', async (secret) => {
    const answer = await db.sql('select 1', { secret });
    expect(answer.status).toBe(401);
    expect(answer.body.error.code).toBe('unauthenticated');
  });

  it('learns nothing of a database of somebody else, not even that it exists', async () => {
    const stranger = await newDatabase(gatewayUrl);
    const unknown = await request(gatewayUrl)
      .post('/v1/databases/db_00000000000000000000000000/sql')
      .set('authorization', `Bearer ${stranger.key.secret}`)
      .send({ query: 'select 1' });
    for (const secret of [stranger.key.secret, stranger.owner.token]) {
      const answer = await db.sql('select 1', { secret });
      expect(answer.status).toBe(404);
      expect(answer.body.error.message).toBe(unknown.body.error.message);
    }
    expect(unknown.status).toBe(404);
  });

  it('cannot read, delete, list or make keys of it either', async () => {
    const stranger = await signUp(gatewayUrl);
    const calls = [
      request(gatewayUrl).get(db.path),
      request(gatewayUrl).delete(db.path),
      request(gatewayUrl).get(`${db.path}/keys`),
      request(gatewayUrl).post(`${db.path}/keys`).send({ role: 'admin' }),
    ];
    for (const call of calls) {
      const answer = await call.set('authorization', `Bearer ${stranger.token}`);
      expect(answer.status).toBe(404);
    }
  });
});

describe('Addresses', () => {
  it('that lead nowhere are a 404 in JSON that pages can read', async () => {
    const answer = await request(gatewayUrl).get('/v1/nothing').set('origin', 'https://a.example');
    expect(answer.status).toBe(404);
    expect(answer.body.error.code).toBe('not_found');
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it('that are no URL are a 400', async () => {
    const status = await new Promise((resolve, reject) => {
      const call = httpRequest(
        `${gatewayUrl}/v1/databases/%E0%A4%A/sql`,
        { method: 'POST' },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      call.on('error', reject);
      call.end();
    });
    expect(status).toBe(400);
  });
});
