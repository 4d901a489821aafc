import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../scripts/ports.mjs';
import { inheritedEnv, type Service, spawnService } from '../../scripts/processes.mjs';
import { type CustomerDatabase, newDatabase, PASSWORD, requestDatabase } from '../support/customer';
import { type Stack, startStack } from '../support/stack';

// A Redis of its own, because it is stopped.
let folder: string;
let port: number;
let redis: Service;
let stack: Stack;
let db: CustomerDatabase;

function startRedis(): Service {
  return spawnService({
    name: 'redis-server',
    command: 'redis-server',
    args: ['--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'],
    env: inheritedEnv(),
    logFile: join(folder, 'redis.log'),
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'howdah-redis-'));
  port = await freePort();
  redis = startRedis();
  const env = { REDIS_URL: `redis://127.0.0.1:${port}` };
  stack = await startStack({
    adminUrl: inject('adminUrl'),
    name: 'redis_away',
    env: { gateway: env, provisioner: env },
  });
  db = await newDatabase(stack.gatewayUrl);
});
afterAll(async () => {
  await stack?.stop();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('While Redis is away', () => {
  let waiting: CustomerDatabase;

  it('queries are answered', async () => {
    await redis.stop();
    for (let count = 0; count < 30; count++) await db.sql('select 1').expect(200);
  });

  it('people sign in, and guessing is still counted', async () => {
    const signIn = (password: string) =>
      request(stack.gatewayUrl).post('/v1/sessions').send({ email: db.owner.email, password });
    await signIn(PASSWORD).expect(200);
    const statuses: number[] = [];
    for (let guess = 0; guess < 12; guess++) statuses.push((await signIn('wrong')).status);
    expect(statuses).toContain(429);
  });

  it('a database can be asked for', async () => {
    waiting = await requestDatabase(stack.gatewayUrl, db.owner);
    expect(await waiting.state()).toBe('requested');
  });

  it('the provisioner says that it is not ready', async () => {
    const answer = await request(stack.provisioners[0]!.url).get('/ready');
    expect(answer.status).toBe(503);
  });

  it('processes stop when they are told to', async () => {
    const gateway = await stack.start('gateway');
    expect(await gateway.service.stop()).toMatchObject({ code: 0 });
  });

  it('nothing was lost: when it is back, what was asked for is made', async () => {
    redis = startRedis();
    await waiting.becomes('ready');
    await waiting.sql('select 1').expect(200);
  });
});
