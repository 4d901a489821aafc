import { connect, type Socket } from 'node:net';
import request from 'supertest';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, newDatabase } from '../support/customer';

const { gatewayUrl } = inject('shared');
const MB = 1024 * 1024;
let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
});

describe('A large body', () => {
  it.each(['/v1/accounts', '/v1/sessions'])('is refused at %s', async (path) => {
    const { body } = await request(gatewayUrl)
      .post(path)
      .send({ email: 'a@example.com', password: 'x'.repeat(17_000) })
      .expect(413);
    expect(body.error.code).toBe('payload_too_large');
  });

  it('of SQL is read from nobody whose key is not known', async () => {
    const answer = await db.sql(`select '${'x'.repeat(20_000)}'`, { secret: 'hdk_admin_none' });
    expect(answer.status).toBe(401);
  });

  it('of SQL is read of nobody whose key opens another database, or whose minute is spent', async () => {
    const other = await newDatabase(gatewayUrl);
    const large = `select '${'x'.repeat(20_000)}'`;
    const answer = await db.sql(large, { secret: other.key.secret });
    expect([answer.status, answer.body.error.code]).toEqual([404, 'not_found']);
    let status = 200;
    const huge = `select '${'x'.repeat(900_000)}' = ''`;
    for (let count = 0; count < 60 && status === 200; count++)
      status = (await other.sql(huge)).status;
    expect(status).toBe(429);
    // By the smaller ones it is spent to the last.
    for (status = 200; status === 200; status = (await other.sql('select 1')).status);
    const refused = await other.sql(large);
    expect([refused.status, refused.body.error.code]).toEqual([429, 'rate_limited']);
  });

  it('of SQL is taken from who holds a key, and counts for more than one request', async () => {
    const own = await newDatabase(gatewayUrl);
    const left = async (query: string) => {
      const { headers } = await own.sql(query).expect(200);
      return Number(/"minute";r=(\d+)/.exec(headers.ratelimit!)![1]);
    };
    const before = await left('select 1');
    expect(before - (await left(`select '${'x'.repeat(700_000)}' = ''`))).toBe(11);
  });

  it('of more values than a gateway has time for is refused', async () => {
    const params = [Array.from({ length: 120_000 }, () => 1)];
    const answer = await db.sql({ query: 'select 1', params });
    expect([answer.status, answer.body.error.code]).toEqual([413, 'payload_too_large']);
    expect(answer.body.error.message).toContain('jsonb_to_recordset');
  });

  it('of many rows as one text is taken', async () => {
    const rows = JSON.stringify(Array.from({ length: 50_000 }, (_, n) => ({ n })));
    const query = 'select count(*)::int as n from jsonb_to_recordset($1) as r (n int)';
    expect(await db.rows(query, [rows])).toEqual([{ n: 50_000 }]);
  });
});

describe('Callers who ask and do not wait', () => {
  const sockets: Socket[] = [];
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

  async function askAndPause(): Promise<void> {
    const socket = await write(requestText(`select repeat('x', ${9 * MB})`));
    socket.pause();
  }

  const requestText = (query: string) => {
    const body = JSON.stringify({ query });
    return (
      `POST ${db.path}/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${db.key.secret}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    );
  };

  function write(text: string): Promise<Socket> {
    const { hostname, port } = new URL(gatewayUrl);
    return new Promise((resolve) => {
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write(text, () => resolve(socket));
    });
  }

  const tenAtOnce = async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => db.sql('select pg_sleep(0.05)')),
    );
    return answers.filter(({ status }) => status === 200).length;
  };

  it('and leave before they are let in take no place with them', async () => {
    for (let round = 0; round < 20; round++) {
      const callers = await Promise.all(
        Array.from({ length: 12 }, () => write(requestText('select 1'))),
      );
      callers.forEach((socket) => socket.resetAndDestroy());
    }
    await expect.poll(tenAtOnce, { timeout: 20_000 }).toBe(10);
  });

  it('and leave with a row of requests on one connection take no place with them', async () => {
    const row = ['select pg_sleep(0.5)', ...Array.from({ length: 9 }, () => 'select 1')];
    const socket = await write(row.map(requestText).join(''));
    await expect.poll(async () => (await db.sql('select 1')).status).toBe(429);
    socket.destroy();
    await expect.poll(tenAtOnce, { timeout: 20_000 }).toBe(10);
  });

  it('but never read hold no more answers than the database may have requests under way', async () => {
    await Promise.all(Array.from({ length: 10 }, askAndPause));
    await expect
      .poll(async () => (await db.sql('select 1')).body.error?.code, {
        timeout: 20_000,
      })
      .toBe('concurrency_limit');
    sockets.splice(0).forEach((socket) => socket.destroy());
    await expect.poll(async () => (await db.sql('select 1')).status).toBe(200);
  });
});
