import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { batchOf } from '../support/direct-database';
import { FULL_TABLE, GateUnderTest } from '../support/gate-under-test';

const gate = new GateUnderTest();

describe('After growth was undone', () => {
  beforeEach(async () => {
    await gate.prepare(...FULL_TABLE);
    gate.db.write('shrink');
    const growing = `insert into t select n, repeat('x', 500) from generate_series(5000, 9000) n`;
    const refused = await gate.db.ask(growing).catch((error: { code: string }) => error.code);
    if (refused !== 'storage_limit') throw new Error('it was kept');
  });

  it('nothing is written until the row of the database has changed', async () => {
    expect(gate.undone).toEqual([gate.db.route.id]);
    await expect(gate.db.ask('delete from t')).rejects.toMatchObject({
      code: 'storage_limit',
      details: { writes: 'locked', retryAfter: 5 },
    });
    expect((await gate.db.ask('select count(*)::int as n from t')).rows).toEqual([{ n: 2000 }]);
    await gate.asSuperuser('vacuum t');
    gate.db.write('shrink');
    await gate.db.ask('delete from t');
    expect(gate.undone).toEqual([gate.db.route.id]);
  });

  it('a batch, a stream and an Idempotency-Key may read', async () => {
    const { results } = await gate.db.ask<{ results: unknown[] }>(batchOf('select 1', 'select 2'));
    expect(results).toHaveLength(2);
    const sink = new PassThrough();
    await gate.db.stream('select 1 as one', sink);
    sink.end();
    expect(await text(sink)).toContain('{"one":1}');
    expect((await gate.db.ask('select 1 as one', { idempotencyKey: 'k' })).rows).toEqual([
      { one: 1 },
    ]);
  });
});

describe('What fails over its quota', () => {
  beforeEach(() => gate.prepare(...FULL_TABLE));

  it('locks writes when it left files longer', async () => {
    gate.db.write('shrink');
    const failing = `do $$ begin
      insert into t select n, repeat('x', 500) from generate_series(5000, 9000) n;
      raise exception 'on purpose'; end $$`;
    await expect(gate.db.ask(failing)).rejects.toThrow('on purpose');
    expect(gate.undone).toEqual([gate.db.route.id]);
  });

  it('locks nothing when it left nothing', async () => {
    gate.db.write('shrink');
    await expect(gate.db.ask('delete from t where 1 / (id - 2000) > 0')).rejects.toMatchObject({
      details: { sqlstate: '22012' },
    });
    await gate.db.ask('delete from t');
    expect(gate.undone).toEqual([]);
  });

  it('counts as growth when it was interrupted, for nobody can look then', async () => {
    gate.db.write('shrink');
    const deaf = `do $$ begin loop begin perform pg_sleep(10);
      exception when query_canceled then null; end; end loop; end $$`;
    await expect(gate.db.ask(deaf)).rejects.toMatchObject({ code: 'query_timeout' });
    expect(gate.undone).toEqual([gate.db.route.id]);
  });
});

describe('An Idempotency-Key over the quota', () => {
  it('replays what was stored, refuses new writes, and lets read', async () => {
    await gate.prepare(...FULL_TABLE);
    const first = await gate.db.ask('delete from t where id = 1 returning id', {
      idempotencyKey: 'a',
    });
    gate.db.write('shrink');
    const again = await gate.db.ask('delete from t where id = 1 returning id', {
      idempotencyKey: 'a',
    });
    expect(again).toEqual(first);
    await expect(gate.db.ask('delete from t', { idempotencyKey: 'a' })).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    });
    await expect(gate.db.ask('delete from t', { idempotencyKey: 'b' })).rejects.toMatchObject({
      code: 'storage_limit',
      details: { writes: 'shrink' },
    });
    expect((await gate.db.ask('select 1 as one', { idempotencyKey: 'b' })).rows).toEqual([
      { one: 1 },
    ]);
    await gate.db.ask('delete from t');
    expect(gate.undone).toEqual([]);
  });

  it('a stream may read and is told why it may not write', async () => {
    gate.db.write('shrink');
    const sink = new PassThrough();
    await expect(gate.db.stream('create table nothing ()', sink)).rejects.toMatchObject({
      code: 'storage_limit',
      details: { writes: 'shrink' },
    });
  });
});
