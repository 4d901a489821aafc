import { connect } from 'node:net';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, newDatabase, PASSWORD, signUp } from '../support/customer';
import { type Stack, startStack } from '../support/stack';

const { gatewayUrl } = inject('shared');
let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
});

/** What a gateway answers to bytes as they are. */
function rawAnswer(bytes: string): Promise<string> {
  const { hostname, port } = new URL(gatewayUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.setTimeout(5_000, () => socket.destroy());
  });
}

const MALFORMED: [string, string, RegExp][] = [
  ['is not HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'has headers without end',
    `GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`,
    /^HTTP\/1\.1 413 /,
  ],
  [
    'has an impossible length',
    'POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: minus one\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'has a path that is no URL',
    'POST /% HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
];

describe('A request that', () => {
  it.each(MALFORMED)(
    '%s is answered in JSON that a page can read',
    async (_name, bytes, status) => {
      const answer = await rawAnswer(bytes);
      expect(answer).toMatch(status);
      expect(answer.toLowerCase()).toContain('access-control-allow-origin: *');
      expect(answer).toMatch(/howdah-request-id: req_/i);
      const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')).trim());
      expect(body.error.requestId).toMatch(/^req_/);
    },
  );
});

describe('A body', () => {
  it('that is text, not JSON, is refused as such', async () => {
    const answer = await fetch(`${gatewayUrl}${db.path}/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${db.key.secret}`, 'content-type': 'text/plain' },
      body: '{"query": "select 1"}',
    });
    expect(answer.status).toBe(415);
  });

  it('that is missing, where none is needed, may still be called JSON', async () => {
    const key = await db.newKey({ role: 'read' });
    await request(gatewayUrl)
      .delete(`${db.path}/keys/${key.id}`)
      .set({ authorization: `Bearer ${db.owner.token}`, 'content-type': 'application/json' })
      .expect(204);
  });

  it('in another encoding than UTF-8 is refused', async () => {
    const answer = await fetch(`${gatewayUrl}${db.path}/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${db.key.secret}`, 'content-type': 'application/json' },
      body: Buffer.from(`{"query": "select 'é'"}`, 'latin1'),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid_json' } });
  });

  it('may hold any key that JSON may, such as __proto__, in its data', async () => {
    const answer = await fetch(`${gatewayUrl}${db.path}/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${db.key.secret}`, 'content-type': 'application/json' },
      body: `{"query": "select $1::jsonb as j", "params": [{"__proto__": 1}]}`,
    });
    expect(await answer.text()).toContain(`"j":{"__proto__": 1}`);
  });
});

describe('A token', () => {
  it('is taken from the header alone: addresses end in logs', async () => {
    await request(gatewayUrl).get(`/v1/databases?access_token=${db.owner.token}`).expect(401);
    await request(gatewayUrl)
      .post('/v1/databases')
      .send({ access_token: db.owner.token })
      .expect(401);
  });
});

describe('Ten wrong passwords from one address', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      adminUrl: inject('adminUrl'),
      name: 'lock_out',
      provisioners: 0,
      env: { gateway: { TRUST_PROXY: '1' } },
    });
  });
  afterAll(() => stack.stop());

  it('lock nobody out who comes from another', async () => {
    const customer = await signUp(stack.gatewayUrl);
    const signIn = (password: string, address: string) =>
      request(stack.gatewayUrl)
        .post('/v1/sessions')
        .set('x-forwarded-for', address)
        .send({ email: customer.email, password });
    for (let guess = 0; guess < 11; guess++) await signIn('wrong', '203.0.113.7');
    await signIn(PASSWORD, '203.0.113.7').expect(429);
    await signIn(PASSWORD, '198.51.100.9').expect(200);
  });

  it('and right ones do not count', async () => {
    const customer = await signUp(stack.gatewayUrl);
    for (let time = 0; time < 15; time++) {
      await request(stack.gatewayUrl)
        .post('/v1/sessions')
        .send({ email: customer.email, password: PASSWORD })
        .expect(200);
    }
  });
});
