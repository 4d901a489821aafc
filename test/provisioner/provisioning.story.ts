import request from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import {
  type CustomerDatabase,
  inControl,
  newDatabase,
  requestDatabase,
  signUp,
} from '../support/customer';
import { emptyRedis } from '../support/redis';
import { prepareStack, type Stack, startStack } from '../support/stack';

const adminUrl = inject('adminUrl');
const { gatewayUrl, controlUrl } = inject('shared');

const remove = (db: CustomerDatabase, secret = db.owner.token) =>
  request(db.gatewayUrl).delete(db.path).set('authorization', `Bearer ${secret}`);

const placeOf = async (db: CustomerDatabase) =>
  (
    await inControl<{ name: string; family: string }>(
      controlUrl,
      'select physical_name as name, family from database where id = $1',
      [db.id],
    )
  )[0]!;

describe('A database', () => {
  it('is there a moment after it was asked for', async () => {
    const db = await requestDatabase(gatewayUrl);
    await db.becomes('ready');
    expect(await db.rows('select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('that was deleted is closed, kept as a snapshot for seven days, and then gone', async () => {
    const db = await newDatabase(gatewayUrl);
    await db.rows('create table precious as select 42 as n');
    const place = await placeOf(db);
    const { body } = await remove(db).expect(202);
    expect(body.database.state).toBe('deleting');
    await db.becomes('deleted');
    await db.sql('select 1').expect(404);
    const [kept] = await asSuperuser(
      adminUrl,
      'select datallowconn as open from pg_database where datname = $1',
      [place.name],
    );
    expect(kept).toEqual({ open: false });
    const [snapshot] = await inControl<{ days: number; cause: string }>(
      controlUrl,
      `select extract(day from expires_at - created_at)::int as days, cause
       from snapshot where database_id = $1`,
      [db.id],
    );
    expect(snapshot).toEqual({ days: 7, cause: 'deletion' });
    await inControl(controlUrl, 'update snapshot set expires_at = now() where database_id = $1', [
      db.id,
    ]);
    await expect
      .poll(
        () =>
          asSuperuser(
            adminUrl,
            `select datname as name from pg_database where datname = $1
             union select rolname from pg_roles where rolname like '%' || $1 || '%' or rolname like '%' || $2 || '%'`,
            [place.name, place.family],
          ),
        { timeout: 10_000 },
      )
      .toEqual([]);
  });

  it('can be deleted twice, and the second time says the same', async () => {
    const db = await newDatabase(gatewayUrl);
    await remove(db).expect(202);
    const again = await remove(db);
    expect([202, 404]).toContain(again.status);
    await db.becomes('deleted');
  });

  it('frees its place among the three of the free plan', async () => {
    const owner = await signUp(gatewayUrl);
    const [first] = await Promise.all(
      Array.from({ length: 3 }, () => newDatabase(gatewayUrl, owner)),
    );
    await remove(first!).expect(202);
    await newDatabase(gatewayUrl, owner);
  });

  it('whose customer changed its own password heals by itself', async () => {
    const db = await newDatabase(gatewayUrl);
    const { name } = await placeOf(db);
    await db.sql({
      queries: [{ query: 'set role none' }, { query: `alter role "${name}" password 'mine'` }],
    });
    await asSuperuser(
      adminUrl,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [name],
    );
    await expect.poll(async () => (await db.sql('select 1')).status, { timeout: 10_000 }).toBe(200);
  });
});

/** What Redis without a disk does at a restart. */
async function loseJobs(stack: Stack): Promise<void> {
  if (stack.redisUrl) return emptyRedis(stack.redisUrl);
  const lost = await inControl(stack.controlUrl, 'delete from bullmq.job returning 1');
  expect(lost.length).toBeGreaterThan(0);
}

describe('Without a worker', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ adminUrl, name: 'no_worker', provisioners: 0 });
  });
  afterAll(() => stack.stop());

  it('a request waits, and is fulfilled as soon as there is one, even if its job was lost', async () => {
    const db = await requestDatabase(stack.gatewayUrl);
    expect(await db.state()).toBe('requested');
    const { body } = await db.sql('select 1').expect(503);
    expect(body.error).toMatchObject({ code: 'database_not_ready', state: 'requested' });
    await loseJobs(stack);
    await stack.start('provisioner');
    await db.becomes('ready');
  });
});

describe('With three workers', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ adminUrl, name: 'three_workers', provisioners: 3 });
  });
  afterAll(() => stack.stop());

  it('twenty requests at once get twenty databases, each its own', async () => {
    const customers = await Promise.all(Array.from({ length: 7 }, () => signUp(stack.gatewayUrl)));
    const databases = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        newDatabase(stack.gatewayUrl, customers[index % 7]!),
      ),
    );
    const places = await inControl<{ name: string }>(
      stack.controlUrl,
      'select distinct physical_name as name from database where id = any($1)',
      [databases.map(({ id }) => id)],
    );
    expect(places).toHaveLength(20);
    await Promise.all(databases.map((db) => db.sql('create table mine (n int)').expect(200)));
  });

  it('one and the same request, told to all, is fulfilled once', async () => {
    const db = await requestDatabase(stack.gatewayUrl);
    await db.becomes('ready');
    const before = await inControl(
      stack.controlUrl,
      'select physical_name from database where id = $1',
      [db.id],
    );
    await inControl(
      stack.controlUrl,
      `update database set state = 'creating', state_changed_at = now() - interval '1 minute' where id = $1`,
      [db.id],
    );
    await db.becomes('ready');
    const after = await inControl(
      stack.controlUrl,
      'select physical_name from database where id = $1',
      [db.id],
    );
    expect(after).toEqual(before);
    await db.sql('select 1').expect(200);
  });

  it('never holds more spares than wanted', async () => {
    await expect
      .poll(() => inControl(stack.controlUrl, 'select count(*)::int as n from spare_database'), {
        timeout: 10_000,
      })
      .toEqual([{ n: 5 }]);
  });
});

describe('With three workers that start at once on six requests and one spare', () => {
  it('one of them gets the spare, and each request a database of its own', async () => {
    const stack = await startStack({ adminUrl, name: 'claim_race', provisioners: 0 });
    onTestFinished(() => stack.stop());
    const filler = await stack.start('provisioner', { WARM_POOL_SIZE: '1' });
    const spares = () =>
      inControl<{ name: string }>(
        stack.controlUrl,
        'select physical_name as name from spare_database where ready',
      );
    await expect.poll(spares, { timeout: 10_000 }).toHaveLength(1);
    await filler.service.stop();
    const [spare] = await spares();
    const owners = await Promise.all([signUp(stack.gatewayUrl), signUp(stack.gatewayUrl)]);
    const databases = await Promise.all(
      Array.from({ length: 6 }, (_, index) => requestDatabase(stack.gatewayUrl, owners[index % 2])),
    );
    expect(await spares()).toEqual([spare]);
    await Promise.all(
      Array.from({ length: 3 }, () => stack.start('provisioner', { WARM_POOL_SIZE: '0' })),
    );
    await Promise.all(databases.map((db) => db.becomes('ready')));
    const rows = await inControl<{ name: string }>(
      stack.controlUrl,
      'select physical_name as name from database',
    );
    const names = rows.map(({ name }) => name);
    expect(new Set(names).size).toBe(6);
    expect(names).toContain(spare!.name);
    expect(await inControl(stack.controlUrl, 'select 1 from spare_database')).toEqual([]);
    await Promise.all(databases.map((db) => db.sql('create table mine (n int)').expect(200)));
  });
});

describe('A cluster that is down', () => {
  it('keeps no worker from serving the others', async () => {
    const clusters = [
      { name: 'local', adminUrl },
      { name: 'down', adminUrl: 'postgresql://postgres:x@127.0.0.1:1/postgres' },
    ];
    const stack = await startStack({
      adminUrl,
      name: 'one_is_down',
      env: { provisioner: { CLUSTERS: JSON.stringify(clusters) } },
    });
    onTestFinished(() => stack.stop());
    const db = await newDatabase(stack.gatewayUrl);
    await db.sql('select 1').expect(200);
  });
});

describe('A request that cannot be fulfilled', () => {
  it('fails after a quarter of an hour, and can be deleted then', async () => {
    const stack = await startStack({
      adminUrl,
      name: 'no_room',
      env: { provisioner: { WARM_POOL_SIZE: '0' } },
    });
    onTestFinished(() => stack.stop());
    await inControl(stack.controlUrl, 'update cluster set accepts_new = false');
    const db = await requestDatabase(stack.gatewayUrl);
    await inControl(
      stack.controlUrl,
      `update database set state_changed_at = now() - interval '16 minutes'`,
    );
    await db.becomes('failed');
    await remove(db).expect(202);
    await db.becomes('deleted');
  });
});

describe('The control plane’s schema', () => {
  it('is migrated once, by however many migrators at the same time', async () => {
    const stack = await prepareStack({ adminUrl, name: 'migrated_twice' });
    onTestFinished(() => stack.stop());
    await Promise.all([stack.migrate(), stack.migrate(), stack.migrate()]);
    const [row] = await inControl<{ n: number }>(
      stack.controlUrl,
      'select count(*)::int as n from migration',
    );
    expect(row!.n).toBeGreaterThan(0);
  });
});
