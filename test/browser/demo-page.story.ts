import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../scripts/ports.mjs';
import { inheritedEnv, type Service, spawnService } from '../../scripts/processes.mjs';
import { launchBrowser } from '../support/browser';
import { type CustomerDatabase, newDatabase } from '../support/customer';

const { gatewayUrl } = inject('shared');
const ROOT = resolve(import.meta.dirname, '../..');

let folder: string;
let browser: Browser;
let demo: Service;
let demoUrl: string;
let db: CustomerDatabase;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
  await db.rows(`create table todos (id bigint generated always as identity primary key,
    title text not null, done boolean not null default false)`);
  await db.rows(`insert into todos (title) values ('buy milk')`);
  folder = mkdtempSync(join(tmpdir(), 'howdah-demo-'));
  const port = await freePort();
  demoUrl = `http://localhost:${port}`;
  demo = spawnService({
    name: 'demo',
    args: ['apps/demo/server.mjs'],
    cwd: ROOT,
    env: {
      ...inheritedEnv(),
      HOST: 'localhost',
      PORT: String(port),
      DEMO_GATEWAY: gatewayUrl,
      DEMO_DATABASE_URL: `${gatewayUrl}${db.path}`,
      DEMO_KEY: db.key.secret,
    },
    logFile: join(folder, 'demo.log'),
  });
  await demo.ready(`${demoUrl}/ready`);
  browser = await launchBrowser();
  page = await browser.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const { url } = message.location();
    if (message.type() === 'error' && !url.endsWith('/sql')) problems.push(message.text());
  });
  await page.goto(demoUrl);
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const todos = () => page.locator('#todos li');

async function runSql(text: string): Promise<void> {
  await page.fill('#sql', text);
  // What the statement before left is hidden, so that what shows is of this one.
  await page.evaluate(`for (const id of ['error', 'result', 'truncated'])
    document.getElementById(id).hidden = true`);
  await page.press('#sql', 'Control+Enter');
  await page.waitForSelector('#error:visible, #result:visible');
}

describe('A page on another origin', () => {
  it('shows the rows of its table', async () => {
    expect(new URL(demoUrl).origin).not.toBe(new URL(gatewayUrl).origin);
    await expect.poll(() => todos().count()).toBe(1);
    expect(await todos().first().textContent()).toContain('buy milk');
  });

  it('inserts a row, which is there after a reload and in the database', async () => {
    await page.fill('#new-title', 'walk the elephant');
    await page.press('#new-title', 'Enter');
    await expect.poll(() => todos().count()).toBe(2);
    await page.reload();
    await expect.poll(() => todos().count()).toBe(2);
    const rows = await db.rows('select title from todos order by id');
    expect(rows).toEqual([{ title: 'buy milk' }, { title: 'walk the elephant' }]);
  });

  it('changes a row', async () => {
    await todos().first().locator('input[type=checkbox]').check();
    await expect
      .poll(() => db.rows('select done from todos order by id limit 1'))
      .toEqual([{ done: true }]);
  });

  it('shows what a person typed as text, never as markup', async () => {
    await page.fill('#new-title', '<img src=x onerror=alert(1)>');
    await page.press('#new-title', 'Enter');
    await expect.poll(() => todos().count()).toBe(3);
    expect(await page.locator('#todos img').count()).toBe(0);
  });

  it('reads an SQL error: message, SQLSTATE, hint and place', async () => {
    await runSql('select title,\n dnoe\nfrom todos');
    const error = await page.textContent('#error');
    expect(error).toContain('column "dnoe" does not exist');
    expect(error).toContain('42703');
    expect(error).toContain('todos.done');
  });

  it('says when rows were left out', async () => {
    await runSql('select * from generate_series(1, 1000) as n');
    expect(await page.textContent('#summary')).toContain('500 rows');
    expect(await page.isVisible('#truncated')).toBe(true);
  });

  it('reads a refusal for its origin as well', async () => {
    const key = await db.newKey({ role: 'read', origins: ['https://elsewhere.example'] });
    const refusal = await page.evaluate(
      async ([url, secret]) => {
        const answer = await fetch(`${url}/sql`, {
          method: 'POST',
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
          body: '{"query": "select 1"}',
        });
        return {
          status: answer.status,
          code: ((await answer.json()) as { error: { code: string } }).error.code,
        };
      },
      [`${gatewayUrl}${db.path}`, key.secret],
    );
    expect(refusal).toEqual({ status: 403, code: 'origin_not_allowed' });
  });

  it('runs without an error of the page or its policy', () => {
    expect(problems).toEqual([]);
  });
});

describe('howdah.js', () => {
  it('gives rows with what belongs to them, and errors with a code', async () => {
    const result = await page.evaluate(
      async ([url, secret]) => {
        type Rows = unknown[] & { rowCount: number; truncated: boolean };
        const make = (globalThis as unknown as { howdah: CallableFunction }).howdah;
        const backend = make(url, secret) as {
          query(text: string, params?: unknown[]): Promise<Rows>;
        };
        const rows = await backend.query('select $1::text as hello', ['world']);
        const error = await backend
          .query('selct 1')
          .then(() => null)
          .catch((thrown: { code: string; sqlstate: string; position: number }) => thrown);
        return {
          rows: [...rows],
          rowCount: rows.rowCount,
          error: error && [error.code, error.sqlstate, error.position],
        };
      },
      [`${gatewayUrl}${db.path}`, db.key.secret],
    );
    expect(result).toEqual({
      rows: [{ hello: 'world' }],
      rowCount: 1,
      error: ['query_failed', '42601', 1],
    });
  });
});
