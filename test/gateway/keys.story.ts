import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, inControl, type Key, newDatabase } from '../support/customer';
import { type Stack, startStack } from '../support/stack';

const { gatewayUrl, controlUrl } = inject('shared');
let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
  await db.rows('create table notes (id int generated always as identity primary key, text text)');
});

const as = (key: Key, query: string, headers: object = {}) =>
  db.sql(query, { secret: key.secret, headers });

describe('A key', () => {
  it('shows its secret once, and is listed without it', async () => {
    const key = await db.newKey({ role: 'read', name: 'for the page' });
    expect(key.secret).toMatch(/^hdk_read_[\w-]{32}$/);
    const { body, text } = await request(gatewayUrl)
      .get(`${db.path}/keys`)
      .set('authorization', `Bearer ${db.owner.token}`)
      .expect(200);
    expect(text).not.toContain(key.secret);
    const listed = body.keys.find((one: Key) => one.id === key.id);
    expect(listed).toMatchObject({ role: 'read', class: 'web', origins: ['*'], lastUsedAt: null });
  });

  it.each([
    [{ role: 'owner' }, /role/],
    [{}, /role/],
    [{ role: 'read', class: 'browser' }, /class/],
    [{ role: 'read', origins: ['example.com'] }, /origins\.0.*https/],
    [{ role: 'read', origins: ['https://example.com/path'] }, /origins\.0/],
    [{ role: 'read', class: 'server', origins: ['https://example.com'] }, /origins.*web/],
    [{ role: 'read', secret: 'mine' }, /secret/],
  ])('cannot be made of %j', async (wanted, message) => {
    const { body } = await request(gatewayUrl)
      .post(`${db.path}/keys`)
      .set('authorization', `Bearer ${db.owner.token}`)
      .send(wanted)
      .expect(400);
    expect(body.error.message).toMatch(message);
  });

  it('of role read reads, and cannot write by any statement', async () => {
    const key = await db.newKey({ role: 'read' });
    await db.rows(`insert into notes (text) values ('seen')`);
    await as(key, 'select * from notes').expect(200);
    const writes = [
      `insert into notes (text) values ('no')`,
      'update notes set text = null',
      'delete from notes',
      'truncate notes',
      'create table mine (n int)',
      'create temp table mine (n int)',
      'with gone as (delete from notes returning *) select * from gone',
      `select nextval('notes_id_seq')`,
      'drop table notes',
      `do $$ begin delete from notes; end $$`,
    ];
    for (const query of writes) {
      const answer = await as(key, query);
      expect(answer.status, query).toBe(400);
    }
    // Whatever this gives, it gives no right to write.
    await as(
      key,
      `select set_config('transaction_read_only', 'off', false), set_config('role', 'none', false)`,
    );
    expect(await db.rows('select text from notes')).toEqual([{ text: 'seen' }]);
    const batch = {
      queries: [
        { query: 'set transaction read write' },
        { query: `insert into notes (text) values ('no')` },
      ],
      readOnly: false,
    };
    await db.sql(batch, { secret: key.secret }).expect(400);
    expect(await db.rows('select text from notes')).toEqual([{ text: 'seen' }]);
  });

  it('of role write changes rows of tables made later too, and never the schema', async () => {
    const key = await db.newKey({ role: 'write' });
    await db.rows('create table later (n int)');
    await as(key, 'insert into later values (1), (2)').expect(200);
    await as(key, 'update later set n = n + 1').expect(200);
    await as(key, 'delete from later where n = 2').expect(200);
    await as(key, `insert into notes (text) values ('by write')`).expect(200);
    const [place] = await inControl<{ family: string }>(
      controlUrl,
      'select family from database where id = $1',
      [db.id],
    );
    for (const query of [
      'create table mine (n int)',
      'alter table later add column m int',
      'drop table later',
      'create schema mine',
      'create function f() returns int language sql as $$ select 1 $$',
      `set role "o_${place!.family}"`,
    ]) {
      const answer = await as(key, query);
      expect(answer.status, query).toBe(400);
    }
  });

  it('that is no admin key cannot make keys, nor any key delete the database', async () => {
    const writer = await db.newKey({ role: 'write' });
    const byWriter = await request(gatewayUrl)
      .post(`${db.path}/keys`)
      .set('authorization', `Bearer ${writer.secret}`)
      .send({ role: 'admin' });
    expect(byWriter.body.error.code).toBe('role_not_allowed');
    const deletion = await request(gatewayUrl)
      .delete(db.path)
      .set('authorization', `Bearer ${db.key.secret}`);
    expect(deletion.body.error.code).toBe('role_not_allowed');
  });

  it('of another database opens nothing here', async () => {
    const other = await newDatabase(gatewayUrl);
    const answer = await as(other.key, 'select 1');
    expect(answer.status).toBe(404);
  });

  it('of class web works from its origins alone, and the refusal is readable there', async () => {
    const key = await db.newKey({ role: 'read', origins: ['https://app.example.com'] });
    await as(key, 'select 1', { origin: 'https://app.example.com' }).expect(200);
    for (const origin of ['https://evil.example.com', 'null', 'chrome-extension://abc']) {
      const answer = await as(key, 'select 1', { origin });
      expect(answer.status, origin).toBe(403);
      expect(answer.body.error.code).toBe('origin_not_allowed');
      expect(answer.headers['access-control-allow-origin']).toBe('*');
    }
  });

  it('of class userscript works from null and extension origins', async () => {
    const key = await db.newKey({ role: 'read', class: 'userscript' });
    await as(key, 'select 1', { origin: 'null' }).expect(200);
    await as(key, 'select 1', { origin: 'moz-extension://abc' }).expect(200);
  });

  it('of class userscript works at its first query without an Origin', async () => {
    const key = await db.newKey({ role: 'read', class: 'userscript' });
    const { body, headers } = await as(key, 'select 1 as n').expect(200);
    expect(body.rows).toEqual([{ n: 1 }]);
    expect(headers['access-control-allow-origin']).toBe('*');
  });

  it('of class server is refused in a browser', async () => {
    const key = await db.newKey({ role: 'read', class: 'server' });
    await as(key, 'select 1').expect(200);
    const answer = await as(key, 'select 1', { origin: 'https://app.example.com' });
    expect(answer.body.error.code).toBe('server_key_in_browser');
  });
});

describe('Many keys', () => {
  it('are a hundred a database at most, also when they are asked for at once', async () => {
    const mine = await newDatabase(gatewayUrl);
    const answers = await Promise.all(
      Array.from({ length: 120 }, () =>
        request(gatewayUrl)
          .post(`${mine.path}/keys`)
          .set('authorization', `Bearer ${mine.owner.token}`)
          .send({ role: 'read' }),
      ),
    );
    const made = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 403);
    // The first came with the database.
    expect([made.length, refused.length]).toEqual([99, 21]);
    expect(refused[0]!.body.error).toMatchObject({ code: 'key_limit', limit: 100 });
    await request(gatewayUrl)
      .delete(`${mine.path}/keys/${made[0]!.body.key.id}`)
      .set('authorization', `Bearer ${mine.owner.token}`)
      .expect(204);
    await mine.newKey({ role: 'read' });
  });

  it('that nobody has keep nobody out who comes from the same address', async () => {
    const guess = () =>
      db.sql('select 1', { secret: `hdk_read_${randomBytes(24).toString('base64url')}` });
    const guesses = await Promise.all(Array.from({ length: 150 }, guess));
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401]));
    const fresh = await newDatabase(gatewayUrl);
    expect(await fresh.rows('select 1 as n')).toEqual([{ n: 1 }]);
  });
});

describe('The preflight of a page', () => {
  it('allows the headers that it asks for, for two hours', async () => {
    const answer = await request(gatewayUrl)
      .options(`${db.path}/sql`)
      .set({
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, idempotency-key',
      })
      .expect(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
      'access-control-max-age': '7200',
    });
    expect(answer.headers['access-control-allow-methods']).toContain('POST');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['howdah-request-id']).toMatch(/^req_/);
  });
});

describe('With two gateways', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ adminUrl: inject('adminUrl'), name: 'two_gateways', gateways: 2 });
  });
  afterAll(() => stack.stop());

  it('a key that is revoked at one stops working at the other within a second', async () => {
    const mine = await newDatabase(stack.gatewayUrl);
    const key = await mine.newKey({ role: 'read' });
    const elsewhere = () =>
      request(stack.gateways[1]!.url)
        .post(`${mine.path}/sql`)
        .set('authorization', `Bearer ${key.secret}`)
        .send({ query: 'select 1' });
    await elsewhere().expect(200);
    await elsewhere().expect(200);
    await request(stack.gatewayUrl)
      .delete(`${mine.path}/keys/${key.id}`)
      .set('authorization', `Bearer ${mine.owner.token}`)
      .expect(204);
    await sleep(900);
    await elsewhere().expect(401);
  });

  it('the use of a key is written down', async () => {
    const mine = await newDatabase(stack.gatewayUrl);
    await mine.rows('select 1');
    await stack.gateways[1]!.service.stop();
    await stack.gateways[0]!.service.stop();
    await stack.start('gateway');
    const { body } = await request(stack.gateways.at(-1)!.url)
      .get(`${mine.path}/keys`)
      .set('authorization', `Bearer ${mine.owner.token}`)
      .expect(200);
    expect(Date.parse(body.keys[0].lastUsedAt)).toBeGreaterThan(Date.now() - 60_000);
  });
});
