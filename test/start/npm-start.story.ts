import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireFreePorts } from '../../scripts/ports.mjs';
import { possibleDataDirs } from '../../scripts/postgres-place.mjs';
import { inheritedEnv, type Service, spawnService } from '../../scripts/processes.mjs';
import { portsFrom } from '../../scripts/settings.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const READY_MS = 100_000;

interface Person {
  email: string;
  password: string;
  token: string;
}

interface LocalJson {
  gateway: string;
  billing: string;
  demo: string;
  controlDatabase: string;
  operatorToken: string;
  owner: Person;
  developer: Person;
  database: { id: string; url: string; key: string; connectionString: string };
}

let folder: string;
let home: string;
let portBase: number;
let run: Service;
let pids: number[];
const runs: Service[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'howdah-start-'));
  // Under root, Postgres runs as another user, who has to get to its data.
  chmodSync(folder, 0o755);
  home = join(folder, 'home');
  portBase = await freePortBase();
});
afterAll(async () => {
  await Promise.all(runs.map((service) => service.stop()));
  for (const path of [folder, ...possibleDataDirs(join(home, 'postgres'))]) {
    rmSync(path, { recursive: true, force: true });
  }
});

/** A base whose ports are all free; below those that systems hand out by themselves. */
async function freePortBase(): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const base = 12_000 + Math.floor(Math.random() * 18_000);
    try {
      await requireFreePorts(portsFrom(base), base);
      return base;
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

/** What `npm start` runs. With Redis or without, it is the embedded way that is told of here. */
function start(...args: string[]): Service {
  const service = spawnService({
    name: 'npm start',
    args: ['scripts/start.mjs', ...args],
    cwd: ROOT,
    env: { ...inheritedEnv(), REDIS_URL: '', HOWDAH_HOME: home, PORT_BASE: String(portBase) },
    logFile: join(folder, 'start.log'),
    stopSignal: 'SIGINT',
    stopMs: 30_000,
  });
  runs.push(service);
  return service;
}

/** Starts it and waits for its word; how long that took. */
async function startUntilReady(...args: string[]): Promise<number> {
  const startedAt = Date.now();
  run = start(...args);
  while (!run.tail(200).includes('howdah is ready')) {
    if (run.exit) throw new Error(run.obituary());
    if (Date.now() - startedAt > READY_MS) throw new Error(`not ready:\n${run.lastWords()}`);
    await sleep(20);
  }
  const tookMs = Date.now() - startedAt;
  const record = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8'));
  pids = [record, ...record.running].map(({ pid }: { pid: number }) => pid);
  return tookMs;
}

/** As Ctrl-C does. */
async function interrupt(): Promise<void> {
  run.signal('SIGINT');
  expect(await run.exited).toEqual({ code: 0, signal: null });
}

const localFile = () => join(home, 'local.json');
const local = (): LocalJson => JSON.parse(readFileSync(localFile(), 'utf8'));

async function ask(query: string) {
  const { url, key } = local().database;
  const answer = await fetch(`${url}/sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  expect(answer.status, await answer.clone().text()).toBe(200);
  return (await answer.json()) as { rows: Record<string, unknown>[]; truncated: boolean };
}

const titles = async () => (await ask('select * from todos')).rows.map(({ title }) => title);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('npm start', () => {
  beforeAll(() => startUntilReady());

  it('says where everything is, in a file for this user alone', () => {
    const at = (offset: number) => `http://localhost:${portBase + offset}`;
    const person = {
      email: expect.stringContaining('@'),
      password: expect.stringMatching(/^.{12,}$/),
      token: expect.stringMatching(/^hdt_/),
    };
    const found = local();
    const { id, key } = found.database;
    expect(found).toMatchObject({
      gateway: at(0),
      billing: at(1),
      demo: at(3),
      controlDatabase: expect.stringMatching(/^postgresql:\/\//),
      operatorToken: expect.stringMatching(/^hdo_/),
      owner: person,
      developer: person,
      database: {
        id: expect.stringMatching(/^db_/),
        url: `${at(0)}/v1/databases/${id}`,
        key: expect.stringMatching(/^hdk_admin_/),
        connectionString: `postgresql://key:${key}@${id.replace('_', '-')}.localhost:${portBase}/db`,
      },
    });
    expect(statSync(localFile()).mode & 0o777).toBe(0o600);
  });

  it('has a database that answers to the URL and key of that file', async () => {
    const { rows } = await ask('select * from todos');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows[0]).toMatchObject({ title: expect.any(String), done: expect.any(Boolean) });
  });

  it('gives 500 rows of a thousand, and says so', async () => {
    const answer = await ask('select * from generate_series(1,1000)');
    expect(answer.rows).toHaveLength(500);
    expect(answer.truncated).toBe(true);
  });

  it('serves the demo page, and billing', async () => {
    const page = await fetch(local().demo);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('id="todos"');
    expect((await fetch(`${local().billing}/ready`)).status).toBe(200);
  });

  it('stops at Ctrl-C with everything that it started', async () => {
    await ask(`insert into todos (title) values ('outlive a restart')`);
    expect(pids.length).toBeGreaterThanOrEqual(6);
    expect(pids.filter(isAlive)).toEqual(pids);
    await interrupt();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(localFile())).toBe(false);
    await requireFreePorts(portsFrom(portBase), portBase);
  });

  it('ends with a clear word when another program has one of its ports', async () => {
    const port = portBase + 1;
    const other = createServer().listen(port, '127.0.0.1');
    try {
      const refused = start();
      expect(await refused.exited).toEqual({ code: 1, signal: null });
      expect(refused.tail()).toMatch(new RegExp(`Port ${port} \\(billing\\).*PORT_BASE`, 's'));
      expect(refused.tail()).not.toMatch(/\bat .*\.mjs:\d+/);
      expect(existsSync(localFile())).toBe(false);
    } finally {
      other.close();
    }
  });
});

describe('npm start, a second time', () => {
  it('has the data of the first', async () => {
    const tookMs = await startUntilReady();
    console.info(`npm start, a second time: ready after ${tookMs} ms`);
    expect(await titles()).toContain('outlive a restart');
    await interrupt();
  });

  it('with --fresh begins anew', async () => {
    await startUntilReady('--fresh');
    const found = await titles();
    expect(found.length).toBeGreaterThan(0);
    expect(found).not.toContain('outlive a restart');
    await interrupt();
    expect(pids.filter(isAlive)).toEqual([]);
  });
});
