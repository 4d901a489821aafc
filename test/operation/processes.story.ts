import request from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import { newDatabase, PASSWORD, requestDatabase } from '../support/customer';
import { type Stack, startStack } from '../support/stack';

const adminUrl = inject('adminUrl');
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ adminUrl, name: 'operation' });
});
afterAll(() => stack.stop());

const WRONG: ['gateway' | 'provisioner' | 'billing', Record<string, string>, RegExp][] = [
  ['gateway', { CLUSTER_SECRET: '' }, /CLUSTER_SECRET is not set; wanted: at least 32 random/],
  ['gateway', { CLUSTER_SECRET: 'a-tiny-one' }, /CLUSTER_SECRET is too short/],
  ['gateway', { PUBLIC_URL: 'example.com' }, /PUBLIC_URL .*wanted: .*https/],
  ['gateway', { DATABASE_URL: 'mysql://x/y' }, /DATABASE_URL .*wanted: .*postgresql/],
  ['gateway', { REDIS_URL: 'http://x' }, /REDIS_URL .*wanted: redis/],
  ['gateway', { PORT: 'eighty' }, /PORT .*wanted: a port/],
  ['provisioner', { CLUSTERS: 'main' }, /CLUSTERS is not JSON; wanted: JSON/],
  ['provisioner', { CLUSTERS: '[]' }, /CLUSTERS/],
  ['provisioner', { NODE_ENV: 'production', FAULT_AFTER: 'name' }, /FAULT_AFTER/],
  ['billing', { DATABASE_URL: '' }, /DATABASE_URL is not set/],
];

const RUNNING = `select 1 from pg_stat_activity where query = $1 and state = 'active'`;

/** What the log says of the requests that ran SQL in a database. */
const sqlLines = (databaseId: string) =>
  stack
    .logs()
    .split('\n')
    .filter((line) => line.includes(databaseId) && line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ route }) => String(route).endsWith('/sql'));

describe('A process', () => {
  it.each(WRONG)('of %s with %j says what is wanted, and stops', async (name, env, message) => {
    const { service } = await stack.start(name, env, { ready: false });
    const { code } = await service.exited;
    expect(code).toBe(1);
    expect(service.tail(50)).toMatch(message);
    if (env.CLUSTER_SECRET) expect(service.tail(50)).not.toContain(env.CLUSTER_SECRET);
  });

  it('tells health, readiness and metrics', async () => {
    const billing = await stack.start('billing');
    for (const { url } of [billing, stack.gateways[0]!, stack.provisioners[0]!]) {
      await request(url).get('/health').expect(200, { status: 'alive' });
      await request(url).get('/ready').expect(200, { status: 'ready' });
      const { text } = await request(url).get('/metrics').expect(200);
      expect(text).toContain('howdah_http_request_seconds');
    }
  });

  it('finishes the requests it has begun before it stops', async () => {
    const db = await newDatabase(stack.gatewayUrl);
    const gateway = await stack.start('gateway');
    const answer = request(gateway.url)
      .post(`${db.path}/sql`)
      .set('authorization', `Bearer ${db.key.secret}`)
      .send({ query: 'select pg_sleep(0.7), 1 as done' })
      .then((response) => response);
    await expect
      .poll(() => asSuperuser(adminUrl, RUNNING, ['select pg_sleep(0.7), 1 as done']))
      .toHaveLength(1);
    const stopped = gateway.service.stop();
    expect((await answer).status).toBe(200);
    expect(await stopped).toMatchObject({ code: 0 });
  });

  it('of the provisioner finishes its job before it stops', async () => {
    const [worker] = stack.provisioners;
    const db = await requestDatabase(stack.gatewayUrl);
    await worker!.service.stop();
    expect(['ready', 'requested']).toContain(await db.state());
    await stack.start('provisioner');
    await db.becomes('ready');
  });

  it('writes a structured line for a request, and never a secret or a parameter', async () => {
    const db = await newDatabase(stack.gatewayUrl);
    await db.sql({ query: 'select $1::text as t', params: ['a very private parameter'] });
    await expect.poll(() => sqlLines(db.id), { timeout: 5_000 }).toHaveLength(1);
    expect(sqlLines(db.id)[0]).toMatchObject({
      method: 'POST',
      route: '/v1/databases/:databaseId/sql',
      params: { databaseId: db.id },
      status: 200,
      requestId: expect.stringMatching(/^req_/),
      durationMs: expect.any(Number),
    });
    const { password } = new URL(adminUrl);
    const secrets = [db.key.secret, db.owner.token, PASSWORD, 'a very private parameter', password];
    for (const secret of secrets) expect(stack.logs()).not.toContain(secret);
  });
});

describe('When the control plane is away for a moment', () => {
  const allowConnections = (allowed: boolean) =>
    asSuperuser(adminUrl, `alter database "howdah_operation" allow_connections ${allowed}`);
  const readiness = async () => (await request(stack.gatewayUrl).get('/ready')).status;
  afterAll(() => allowConnections(true));

  it('the gateway says that it is not ready, and is again afterwards', async () => {
    await allowConnections(false);
    await asSuperuser(
      adminUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'howdah_operation'`,
    );
    await expect.poll(readiness, { timeout: 10_000 }).toBe(503);
    await request(stack.gatewayUrl).get('/health').expect(200);
    await allowConnections(true);
    await expect.poll(readiness, { timeout: 10_000 }).toBe(200);
    const db = await newDatabase(stack.gatewayUrl);
    await db.sql('select 1').expect(200);
  });
});
