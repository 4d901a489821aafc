import { request as httpRequest } from 'node:http';
import { Client } from 'pg';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type CustomerDatabase, inControl, newDatabase, setPlan } from '../support/customer';

const { gatewayUrl, controlUrl } = inject('shared');
let db: CustomerDatabase;

beforeAll(async () => {
  db = await newDatabase(gatewayUrl);
});

/** Statements of a database that Postgres is running now, seen by the superuser. */
async function running(database: CustomerDatabase): Promise<string[]> {
  const [row] = await inControl<{ name: string }>(
    controlUrl,
    'select physical_name as name from database where id = $1',
    [database.id],
  );
  const admin = new Client({ connectionString: inject('adminUrl') });
  await admin.connect();
  const { rows } = await admin.query(
    `select query from pg_stat_activity where datname = $1 and state = 'active'`,
    [row!.name],
  );
  await admin.end();
  return rows.map(({ query }) => query as string);
}

const TOO_LONG: [string, string | object][] = [
  ['sleeps', 'select pg_sleep(5)'],
  [
    'computes',
    'select count(*) from generate_series(1, 100000) as a, generate_series(1, 100000) as b',
  ],
  [
    'lifts statement_timeout first',
    { queries: [{ query: 'set statement_timeout = 0' }, { query: 'select pg_sleep(5)' }] },
  ],
  [
    'lifts both timeouts in the same statement',
    `select set_config('statement_timeout', '0', false), set_config('transaction_timeout', '0', false), pg_sleep(5)`,
  ],
  [
    'swallows the cancellation and goes on',
    `do $$ begin loop begin perform pg_sleep(5); exception when query_canceled then null; end; end loop; end $$`,
  ],
  [
    'takes three times 0.9 s',
    {
      queries: [
        { query: 'select pg_sleep(0.9)' },
        { query: 'select pg_sleep(0.9)' },
        { query: 'select pg_sleep(0.9)' },
      ],
    },
  ],
];

describe('A request over the limit of time', () => {
  it.each(TOO_LONG)('that %s ends by the limit, and Postgres is rid of it', async (_name, body) => {
    const answer = await db.sql(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'query_timeout', limitMs: 1000 });
    expect(answer.body.error.elapsedMs).toBeLessThan(1300);
    await expect.poll(() => running(db), { timeout: 1_500 }).toEqual([]);
  });

  it('that sleeps in a deferred trigger, at the commit, ends too', async () => {
    await db.rows('create table trapped (n int)');
    await db.rows(`create function slow() returns trigger language plpgsql as
      $$ begin perform set_config('statement_timeout', '0', true); perform pg_sleep(5); return null; end $$`);
    await db.rows(`create constraint trigger slow after insert on trapped
      deferrable initially deferred for each row execute function slow()`);
    const answer = await db.sql('insert into trapped values (1)');
    expect(answer.body.error).toMatchObject({ code: 'query_timeout' });
    await expect.poll(() => running(db), { timeout: 1_500 }).toEqual([]);
    expect(await db.rows('select * from trapped')).toEqual([]);
  });

  it('leaves the time of the next request as it was', async () => {
    await db.sql(`alter role current_user set statement_timeout = 0`);
    await db.sql(`select set_config('statement_timeout', '0', false)`);
    const answer = await db.sql('select pg_sleep(5)');
    expect(answer.body.error.code).toBe('query_timeout');
  });
});

describe('A caller who goes away', () => {
  it('takes the statement along', async () => {
    await setPlan(controlUrl, db, 'pro');
    const call = httpRequest(`${gatewayUrl}${db.path}/sql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${db.key.secret}`,
        'content-type': 'application/json',
      },
    });
    call.on('error', () => {});
    call.end(JSON.stringify({ query: 'select pg_sleep(20)' }));
    await expect.poll(() => running(db), { timeout: 5_000 }).not.toEqual([]);
    call.destroy();
    await expect.poll(() => running(db), { timeout: 2_000 }).toEqual([]);
    await setPlan(controlUrl, db, 'free');
  });
});

describe('An answer over the limit of bytes', () => {
  it('is refused with the limit, and costs the gateway no memory to speak of', async () => {
    const answer = await db.sql(`select repeat('x', 11000000) as big`);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'response_too_large' });
    expect(answer.body.error.message).toContain('10');
  });

  it('is refused also when it is one row of 300 MB', async () => {
    const before = await residentBytes();
    const answer = await db.sql(`select repeat('x', 300000000) as big`);
    expect(answer.status).toBe(400);
    expect(['response_too_large', 'query_timeout', 'query_failed']).toContain(
      answer.body.error.code,
    );
    expect((await residentBytes()) - before).toBeLessThan(150_000_000);
    expect(await db.rows('select 1 as alive')).toEqual([{ alive: 1 }]);
  });

  it('is given when it is just below', async () => {
    const { body } = await db.sql(`select repeat('x', 10000000) as big`).expect(200);
    expect(body.rows[0].big).toHaveLength(10_000_000);
  });
});

async function residentBytes(): Promise<number> {
  const metrics = await (await fetch(`${gatewayUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)![1]);
}

describe('Too much at once', () => {
  it('is refused over the number of requests under way, and the others are answered', async () => {
    const busy = await newDatabase(gatewayUrl);
    const answers = await Promise.all(
      Array.from({ length: 15 }, () => busy.sql('select pg_sleep(0.9)')),
    );
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(5);
    expect(refused[0]!.body.error.code).toBe('concurrency_limit');
    expect(refused[0]!.headers['retry-after']).toBe('1');
  });

  it('is refused over the number of requests a minute, which every answer counts down', async () => {
    const busy = await newDatabase(gatewayUrl);
    await inControl(
      controlUrl,
      `insert into plan select 'tiny', name, price_amount, price_currency, statement_ms, rows_max,
         size_bytes_max, response_bytes_max, concurrency_max, 20, streaming, databases_max,
         forks_max, backups_max from plan where id = 'free' on conflict do nothing`,
    );
    await inControl(controlUrl, `update database set plan_id = 'tiny' where id = $1`, [busy.id]);
    // A gateway hears of changes in their order: this one heard, it has heard the one before.
    await setPlan(controlUrl, db, 'hobby');
    await setPlan(controlUrl, db, 'free');
    const remaining: number[] = [];
    const statuses: number[] = [];
    for (let count = 0; count < 23; count++) {
      const answer = await busy.sql('select 1');
      statuses.push(answer.status);
      const left = /r=(\d+)/.exec(answer.headers.ratelimit ?? '');
      if (left) remaining.push(Number(left[1]));
    }
    expect(statuses.filter((status) => status === 200).length).toBe(20);
    expect(statuses.at(-1)).toBe(429);
    expect(remaining[0]).toBe(19);
    expect(remaining.at(-1)).toBe(0);
    const { body, headers } = await busy.sql('select 1');
    expect(body.error.code).toBe('rate_limited');
    expect(headers.ratelimit).toMatch(/r=0/);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('Every answer', () => {
  it('says how long the connection and the statement took', async () => {
    const { headers } = await db.sql('select 1').expect(200);
    expect(headers['server-timing']).toMatch(/^acquire;dur=[\d.]+, sql;dur=[\d.]+$/);
    expect(headers['howdah-request-id']).toMatch(/^req_/);
  });
});

describe('A backend that dies in the middle of a statement', () => {
  it('is an error to its caller and to nobody else', async () => {
    const dying = db.sql('select pg_sleep(0.8)');
    const answered = dying.then((answer) => answer);
    await expect.poll(() => running(db)).toEqual(['select pg_sleep(0.8)']);
    const admin = new Client({ connectionString: inject('adminUrl') });
    await admin.connect();
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(0.8)'`,
    );
    await admin.end();
    const answer = await answered;
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).not.toBe(500);
    expect(await db.rows('select 1 as fine')).toEqual([{ fine: 1 }]);
  });
});
