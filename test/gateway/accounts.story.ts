import request from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { inControl, newDatabase, PASSWORD, requestDatabase, signUp } from '../support/customer';
import { type Stack, startStack } from '../support/stack';

const { gatewayUrl, controlUrl } = inject('shared');
const post = (path: string, body: object) => request(gatewayUrl).post(path).send(body);

describe('An account', () => {
  it('is made, and signs in', async () => {
    const customer = await signUp(gatewayUrl);
    const { body } = await post('/v1/sessions', {
      email: customer.email.toUpperCase(),
      password: PASSWORD,
    }).expect(200);
    expect(body.account).toEqual({ id: customer.id, email: customer.email });
    expect(body.token).toMatch(/^hdt_/);
  });

  it('keeps neither its password nor its tokens in readable form', async () => {
    const customer = await signUp(gatewayUrl);
    const [row] = await inControl(
      controlUrl,
      `select password_hash, row_to_json(account_token)::text as token
       from account join account_token on account_id = account.id where account.id = $1`,
      [customer.id],
    );
    expect(row!.password_hash).toMatch(/^\$argon2id\$/);
    expect(row!.token).not.toContain(customer.token.slice(4));
  });

  it.each([
    ['no e-mail address', { email: 'nobody', password: PASSWORD }, /email/],
    ['a short password', { email: 'a@example.com', password: 'short' }, /12 characters/],
    ['no password', { email: 'a@example.com' }, /password/],
    ['a field too many', { email: 'a@example.com', password: PASSWORD, admin: true }, /admin/],
    ['an object for a password', { email: 'a@example.com', password: {} }, /password/],
  ])('cannot be made with %s', async (_name, body, message) => {
    const answer = await post('/v1/accounts', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(message);
  });

  it('is one to an e-mail address', async () => {
    const { email } = await signUp(gatewayUrl);
    const { body } = await post('/v1/accounts', { email, password: PASSWORD }).expect(409);
    expect(body.error.code).toBe('email_taken');
  });

  it('does not tell whether the address or the password was wrong', async () => {
    const { email } = await signUp(gatewayUrl);
    const wrong = await post('/v1/sessions', { email, password: 'not the password' });
    const unknown = await post('/v1/sessions', { email: 'x@example.com', password: PASSWORD });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body.error.message).toBe(unknown.body.error.message);
  });

  it('lists its databases, and no key lists them', async () => {
    const db = await newDatabase(gatewayUrl);
    const list = (secret: string) =>
      request(gatewayUrl).get('/v1/databases').set('authorization', `Bearer ${secret}`);
    const { body } = await list(db.owner.token).expect(200);
    expect(body.databases).toHaveLength(1);
    expect(body.databases[0]).toMatchObject({
      id: db.id,
      state: 'ready',
      plan: 'free',
      limits: { statementMs: 1000, rows: 500, bytes: 50_000_000 },
      parentId: null,
      appId: null,
    });
    await list(db.key.secret).expect(401);
  });

  it('has three free databases and no fourth, however many are asked for at once', async () => {
    const customer = await signUp(gatewayUrl);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        post('/v1/databases', {}).set('authorization', `Bearer ${customer.token}`),
      ),
    );
    const codes = answers.map((answer) => answer.status).sort();
    expect(codes).toEqual([202, 202, 202, 403, 403, 403]);
  });

  it('uses its own token on its databases', async () => {
    const db = await newDatabase(gatewayUrl);
    await db.sql('create table mine (n int)', { secret: db.owner.token }).expect(200);
  });

  it('asks for a database without a body', async () => {
    const customer = await signUp(gatewayUrl);
    await request(gatewayUrl)
      .post('/v1/databases')
      .set('authorization', `Bearer ${customer.token}`)
      .expect(202);
  });

  it('sees a database that is not ready as such, with the time to wait', async () => {
    const db = await requestDatabase(gatewayUrl);
    await db.becomes('ready');
    await inControl(controlUrl, `update database set state = 'restoring' where id = $1`, [db.id]);
    await expect.poll(async () => (await db.sql('select 1')).status, { timeout: 2_000 }).toBe(503);
    const answer = await db.sql('select 1');
    expect(answer.body.error).toMatchObject({ code: 'database_not_ready', state: 'restoring' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('Guessing', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      adminUrl: inject('adminUrl'),
      name: 'guessing',
      provisioners: 0,
      gateways: 2,
      env: {
        gateway: {
          SIGN_UPS_PER_ADDRESS_AND_HOUR: '4',
          SIGN_INS_PER_ADDRESS_AND_QUARTER_HOUR: '15',
          DATABASES_PER_ACCOUNT_AND_DAY: '2',
        },
      },
    });
  });
  afterAll(() => stack.stop());

  it('a password stops after ten tries, over all gateways together', async () => {
    const customer = await signUp(stack.gatewayUrl);
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      const { url } = stack.gateways[attempt % 2]!;
      const answer = await request(url)
        .post('/v1/sessions')
        .send({ email: customer.email, password: `guess number ${attempt}` });
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  });

  it('databases cannot be asked for without end', async () => {
    const customer = await signUp(stack.gatewayUrl);
    const ask = () =>
      request(stack.gatewayUrl)
        .post('/v1/databases')
        .set('authorization', `Bearer ${customer.token}`);
    await ask().expect(202);
    await ask().expect(202);
    const { body } = await ask().expect(429);
    expect(body.error.code).toBe('rate_limited');
  });

  it('signing up from one address stops at the limit', async () => {
    await signUp(stack.gatewayUrl);
    await signUp(stack.gatewayUrl);
    const { body } = await request(stack.gatewayUrl)
      .post('/v1/accounts')
      .send({ email: 'one.more@example.com', password: PASSWORD })
      .expect(429);
    expect(body.error.code).toBe('rate_limited');
  });
});
