import request from 'supertest';
import { startTemporaryPostgres } from '../../scripts/embedded-postgres.mjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asSuperuser, clusterObjects } from '../support/cluster-objects';
import { inControl, newDatabase, requestDatabase } from '../support/customer';
import { type Stack, startStack } from '../support/stack';

// A Postgres of its own: what is on it at the end is compared with what the rows say.
let postgres: Awaited<ReturnType<typeof startTemporaryPostgres>>;
let stack: Stack;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  stack = await startStack({ adminUrl: postgres.adminUrl, name: 'faults', provisioners: 0 });
});
afterAll(async () => {
  await stack.stop();
  await postgres.stop();
});

/** Every database and role on the cluster is one that a row answers for, and the other way round. */
async function expectNothingHalfMade(): Promise<void> {
  const rows = await inControl<{ name: string; family: string }>(
    stack.controlUrl,
    `select physical_name as name, family from database where state not in ('deleted', 'requested')
     union select physical_name, family from spare_database
     union select physical_name, family from snapshot`,
  );
  const { databases, roles } = await clusterObjects(postgres.adminUrl);
  expect(databases.sort()).toEqual(rows.map(({ name }) => name).sort());
  const expected = rows.flatMap(({ name, family }) => [
    ...[name, `${name}_w`, `${name}_r`],
    ...[`o_${family}`, `o_${family}_w`, `o_${family}_r`],
  ]);
  expect(roles.sort()).toEqual(expected.sort());
}

const COLD = { WARM_POOL_SIZE: '0' };

describe('A provisioner that is killed while it makes a database', () => {
  it.each(['name', 'roles', 'database', 'grants', 'schema', 'logins'])(
    'after the step %s leaves nothing half made: the next one finishes it',
    async (step) => {
      const doomed = await stack.start('provisioner', { ...COLD, FAULT_AFTER: step });
      const db = await requestDatabase(stack.gatewayUrl);
      expect(await doomed.service.exited).toMatchObject({ signal: 'SIGKILL' });
      const answer = await db.sql('select 1');
      expect(answer.status).toBe(503);
      expect(answer.body.error.state).toBe('creating');
      const heir = await stack.start('provisioner', COLD);
      await db.becomes('ready');
      expect(await db.rows('create table t as select 1 as n')).toEqual([]);
      const reader = await db.newKey({ role: 'read' });
      await db.sql('select * from t', { secret: reader.secret }).expect(200);
      await heir.service.stop();
      await expectNothingHalfMade();
    },
  );
});

describe('A provisioner that is killed while it fills or uses the warm pool', () => {
  it.each(['name', 'roles', 'database', 'grants', 'schema', 'logins'])(
    'after the step %s leaves a spare that the next one finishes',
    async (step) => {
      const doomed = await stack.start(
        'provisioner',
        { WARM_POOL_SIZE: '2', FAULT_AFTER: step },
        { ready: false },
      );
      expect(await doomed.service.exited).toMatchObject({ signal: 'SIGKILL' });
      const heir = await stack.start('provisioner', { WARM_POOL_SIZE: '2' });
      await expect
        .poll(
          () =>
            inControl(
              stack.controlUrl,
              'select count(*)::int as n, bool_and(ready) as ready from spare_database',
            ),
          { timeout: 20_000 },
        )
        .toEqual([{ n: 2, ready: true }]);
      await heir.service.stop();
      await expectNothingHalfMade();
      await emptyPool();
    },
  );

  it('after a claim hands over the database that was claimed', async () => {
    const filler = await stack.start('provisioner', { WARM_POOL_SIZE: '2' });
    await expect
      .poll(() => inControl(stack.controlUrl, 'select 1 from spare_database where ready'), {
        timeout: 20_000,
      })
      .toHaveLength(2);
    await filler.service.stop();
    const doomed = await stack.start('provisioner', { ...COLD, FAULT_AFTER: 'claim' });
    const db = await requestDatabase(stack.gatewayUrl);
    expect(await doomed.service.exited).toMatchObject({ signal: 'SIGKILL' });
    const heir = await stack.start('provisioner', COLD);
    await db.becomes('ready');
    await db.sql('select 1').expect(200);
    await heir.service.stop();
    await expectNothingHalfMade();
  });
});

describe('A provisioner that is killed while it deletes a database', () => {
  it('after closing it leaves a database that nobody can use and the next one ends', async () => {
    const db = await databaseToDelete();
    const doomed = await stack.start('provisioner', { ...COLD, FAULT_AFTER: 'close' });
    await remove(db);
    expect(await doomed.service.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(await db.state()).toBe('deleting');
    const heir = await stack.start('provisioner', COLD);
    await db.becomes('deleted');
    await heir.service.stop();
    await expectNothingHalfMade();
  });

  it('after dropping an expired snapshot forgets it the next time', async () => {
    await inControl(stack.controlUrl, `update snapshot set expires_at = now()`);
    const doomed = await stack.start(
      'provisioner',
      { ...COLD, FAULT_AFTER: 'drop' },
      { ready: false },
    );
    expect(await doomed.service.exited).toMatchObject({ signal: 'SIGKILL' });
    const heir = await stack.start('provisioner', COLD);
    await expect
      .poll(() => inControl(stack.controlUrl, 'select 1 from snapshot'), { timeout: 10_000 })
      .toEqual([]);
    await heir.service.stop();
    await expectNothingHalfMade();
  });
});

async function databaseToDelete() {
  const worker = await stack.start('provisioner', COLD);
  const db = await newDatabase(stack.gatewayUrl);
  await worker.service.stop();
  return db;
}

const remove = (db: { path: string; owner: { token: string } }) =>
  request(stack.gatewayUrl)
    .delete(db.path)
    .set('authorization', `Bearer ${db.owner.token}`)
    .expect(202);

/** Takes the spares away, rows and all, so that the next story begins with none. */
async function emptyPool(): Promise<void> {
  const spares = await inControl<{ name: string; family: string }>(
    stack.controlUrl,
    'delete from spare_database returning physical_name as name, family',
  );
  for (const { name, family } of spares) {
    await asSuperuser(postgres.adminUrl, `drop database "${name}"`);
    const roles = [name, `${name}_w`, `${name}_r`, `o_${family}`, `o_${family}_w`, `o_${family}_r`];
    for (const role of roles) await asSuperuser(postgres.adminUrl, `drop role "${role}"`);
  }
}
