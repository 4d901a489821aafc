import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../../scripts/ports.mjs';
import { inheritedEnv, runToEnd, type Service, spawnService } from '../../scripts/processes.mjs';
import { newDatabase } from '../support/customer';
import { COMPOSE_DATABASE } from '../support/redis';
import { prepareStack, type Stack } from '../support/stack';

// There need not be a Docker engine to know that the file is right: its commands, its variables
// and its numbers of copies are run here as they stand, with the hosts of this machine.

interface ComposeService {
  command: string[];
  environment: Record<string, string>;
  deploy?: { replicas: number };
}

const ROOT = resolve(import.meta.dirname, '../..');
const text = readFileSync(resolve(ROOT, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true });
const services = compose.services as Record<string, ComposeService>;

let stack: Stack;
let folder: string;
let variables: Record<string, string>;
const running: { name: string; url: string; service: Service }[] = [];

/**
 * As compose replaces them: `${NAME:?message}` is an error when the variable is missing,
 * `${NAME:-default}` is the default then.
 */
function interpolate(template: string, values: Record<string, string | undefined>): string {
  const variable = /\$\{(\w+)(?::\?[^}]*|:-([^}]*))?\}/g;
  return template.replace(variable, (_, name: string, fallback: string | undefined) => {
    const value = values[name] || fallback;
    if (value === undefined) throw new Error(`${name} has no value`);
    return value;
  });
}

/** The environment of a service, with the addresses of this machine for those of the network. */
function environmentOf(name: string): Record<string, string> {
  const admin = new URL(inject('adminUrl'));
  const control = new URL(stack.controlUrl);
  const redisUrl = stack.redisUrl!;
  return Object.fromEntries(
    Object.entries(services[name]!.environment).map(([key, value]) => [
      key,
      interpolate(value, variables)
        .replace(/postgresql:\/\/howdah:[^@]+@postgres:5432\/howdah/, control.href)
        .replace('@postgres:5432', `@${admin.host}`)
        .replace(/redis:\/\/:[^@]+@redis:6379/, redisUrl),
    ]),
  );
}

async function start(name: string): Promise<void> {
  const port = await freePort();
  const [command, ...args] = services[name]!.command;
  const url = `http://127.0.0.1:${port}`;
  const service = spawnService({
    name,
    command: command!,
    args,
    cwd: ROOT,
    env: {
      PATH: inheritedEnv().PATH,
      NODE_ENV: 'production',
      ...environmentOf(name),
      PORT: String(port),
    },
    logFile: join(folder, `${name}-${port}.log`),
  });
  running.push({ name, url, service });
  await service.ready(`${url}/ready`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'howdah-compose-'));
  const secret = () => randomBytes(24).toString('hex');
  const admin = new URL(inject('adminUrl'));
  variables = {
    PUBLIC_URL: 'https://api.example.com',
    POSTGRES_PASSWORD: admin.password,
    HOWDAH_DB_PASSWORD: secret(),
    REDIS_PASSWORD: secret(),
    CLUSTER_SECRET: secret(),
  };
  stack = await prepareStack({
    adminUrl: inject('adminUrl'),
    name: 'compose',
    redisDatabase: COMPOSE_DATABASE,
  });
  const [, ...args] = services.migrator!.command;
  const env = { PATH: inheritedEnv().PATH, NODE_ENV: 'production', ...environmentOf('migrator') };
  await runToEnd({ name: 'migrator', args, cwd: ROOT, env });
  await Promise.all(
    ['gateway', 'provisioner', 'billing'].flatMap((name) =>
      Array.from({ length: services[name]!.deploy?.replicas ?? 1 }, () => start(name)),
    ),
  );
});
afterAll(async () => {
  await Promise.all(running.map(({ service }) => service.stop()));
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('The processes of docker-compose.yml', () => {
  it('are two gateways, two provisioners and billing, all ready', async () => {
    const names = running.map(({ name }) => name).sort();
    expect(names).toEqual(['billing', 'gateway', 'gateway', 'provisioner', 'provisioner']);
  });

  it('refuse to start without a secret: none has a default', () => {
    const needed = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!));
    expect([...needed].sort()).toEqual(Object.keys(variables).sort());
    const templates = JSON.stringify(compose.services);
    expect(interpolate(templates, variables)).not.toMatch(/\$\{\w+:\?/);
    for (const name of needed) {
      const others = { ...variables, [name]: undefined };
      expect(() => interpolate(templates, others), name).toThrow(`${name} has no value`);
      expect(text).not.toMatch(new RegExp(`\\$\\{${name}:?-`));
    }
  });

  it('make a database at one gateway that the other one queries', async () => {
    const [first, second] = running.filter(({ name }) => name === 'gateway');
    const db = await newDatabase(first!.url);
    await db.rows('create table t as select 1 as n');
    const answer = await request(second!.url)
      .post(`${db.path}/sql`)
      .set('authorization', `Bearer ${db.key.secret}`)
      .send({ query: 'select n from t' });
    expect(answer.body.rows).toEqual([{ n: 1 }]);
  });

  it('give databases the address that browsers use', async () => {
    const [first] = running.filter(({ name }) => name === 'gateway');
    const db = await newDatabase(first!.url);
    const { body } = await request(first!.url)
      .get(db.path)
      .set('authorization', `Bearer ${db.owner.token}`);
    expect(body.database.url).toBe(`https://api.example.com${db.path}`);
  });

  it('keep their jobs and counters in Redis, none in Postgres', async () => {
    const redis = new Redis(stack.redisUrl!);
    const keys = await redis.keys('*');
    await redis.quit();
    expect(keys.some((key) => key.startsWith('howdah:provision'))).toBe(true);
    expect(keys.some((key) => key.startsWith('requests:'))).toBe(true);
  });
});
