import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import request from 'supertest';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, inControl, newDatabase } from '../support/customer';
import { lift, OPERATOR_TOKEN, suspend, suspended } from '../support/operator';
import { type Stack, startStack } from '../support/stack';

const adminUrl = inject('adminUrl');
const REASON = 'It mines coins.';

let stack: Stack;
let db: CustomerDatabase;

beforeAll(async () => {
  stack = await startStack({
    adminUrl,
    name: 'operator',
    env: { gateway: { OPERATOR_TOKEN } },
  });
  db = await newDatabase(stack.gatewayUrl);
});
afterAll(() => stack.stop());

const mayLogIn = async (): Promise<boolean[]> => {
  const [row] = await inControl<{ name: string }>(
    stack.controlUrl,
    'select physical_name as name from database where id = $1',
    [db.id],
  );
  const rows = await asSuperuser<{ login: boolean }>(
    adminUrl,
    `select rolcanlogin as login from pg_roles where rolname ~ $1`,
    [`^${row!.name}(_[rw])?$`],
  );
  return rows.map(({ login }) => login);
};

describe('A database that the operator suspends', () => {
  it('refuses its keys and its owner, and tells them why', async () => {
    const reader = await db.newKey({ role: 'read' });
    await db.rows('select 1');
    const { body } = await suspend(db, REASON).expect(202);
    expect(body.database).toMatchObject({ state: 'suspended', suspension: { reason: REASON } });
    for (const secret of [db.key.secret, reader.secret, db.owner.token]) {
      await expect.poll(async () => (await db.sql('select 1', { secret })).status).toBe(403);
      const answer = await db.sql('select 1', { secret });
      expect(answer.body.error).toMatchObject({ code: 'database_suspended', reason: REASON });
    }
  });

  it('still shows itself to its owner, with the reason and the time', async () => {
    const { body } = await request(stack.gatewayUrl)
      .get(db.path)
      .set('authorization', `Bearer ${db.owner.token}`)
      .expect(200);
    expect(body.database.suspension).toEqual({ reason: REASON, at: expect.any(String) });
  });

  it('lets nobody log in on its cluster', async () => {
    await expect.poll(mayLogIn).toEqual([false, false, false]);
  });

  it('keeps the first reason', async () => {
    const { body } = await suspend(db, 'another').expect(202);
    expect(body.database.suspension.reason).toBe(REASON);
  });

  it('is listed', async () => {
    const { body } = await suspended(stack.gatewayUrl).expect(200);
    expect(body.databases).toMatchObject([{ id: db.id, suspension: { reason: REASON } }]);
  });

  it('can be deleted by its owner all the same', async () => {
    const other = await newDatabase(stack.gatewayUrl);
    await suspend(other, REASON).expect(202);
    await request(stack.gatewayUrl)
      .delete(other.path)
      .set('authorization', `Bearer ${other.owner.token}`)
      .expect(202);
    await other.becomes('deleted');
  });

  it('is open again once that was lifted', async () => {
    await lift(db).expect(202);
    await db.becomes('ready');
    await expect.poll(async () => (await db.sql('select 1')).status).toBe(200);
    expect(await mayLogIn()).toEqual([true, true, true]);
    const { body } = await suspended(stack.gatewayUrl).expect(200);
    expect(body.databases).toEqual([]);
  });
});

describe('The operator’s place', () => {
  it.each([
    ['no token', undefined],
    ['another token of that form', `hdo_${'b'.repeat(48)}`],
    ['an account’s token', 'account'],
    ['a key', 'key'],
  ])('is closed to %s', async (_name, kind) => {
    const token = kind === 'account' ? db.owner.token : kind === 'key' ? db.key.secret : kind;
    const call = request(stack.gatewayUrl).post(`/v1/operator/databases/${db.id}/lift`);
    if (token !== undefined) call.set('authorization', `Bearer ${token}`);
    const { body } = await call.expect(401);
    expect(body.error.code).toBe('unauthenticated');
  });

  it('is not there without a token in the environment', async () => {
    const { gatewayUrl } = inject('shared');
    await suspended(gatewayUrl).expect(404);
  });

  it('says what is wrong', async () => {
    for (const id of ['nonsense', 'db_00000000000000000000000000']) {
      await lift({ gatewayUrl: stack.gatewayUrl, id } as CustomerDatabase).expect(404);
    }
    const lifted = await lift(db).expect(409);
    expect(lifted.body.error).toMatchObject({ code: 'state_conflict', state: 'ready' });
    const blank = await suspend(db, ' ').expect(400);
    expect(blank.body.error.problems).toMatchObject([{ path: 'reason' }]);
  });
});

describe('A database whose plan changed', () => {
  it('has the connections of its new plan on the cluster', async () => {
    const connections = async () => {
      const [row] = await inControl<{ name: string }>(
        stack.controlUrl,
        'select physical_name as name from database where id = $1',
        [db.id],
      );
      const [role] = await asSuperuser<{ max: number }>(
        adminUrl,
        'select rolconnlimit as max from pg_roles where rolname = $1',
        [row!.name],
      );
      return role!.max;
    };
    expect(await connections()).toBe(25);
    await inControl(stack.controlUrl, `update database set plan_id = 'pro' where id = $1`, [db.id]);
    await expect.poll(connections, { timeout: 10_000 }).toBe(105);
  });
});
