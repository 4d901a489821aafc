import type { SqlRequest, Statement } from '@howdah/contracts';
import { describe, expect, it } from 'vitest';
import { planRequest } from './plan-request';

const limits = {
  statementMs: 1_000,
  rowsMax: 500,
  sizeBytesMax: 1,
  responseBytesMax: 1,
  concurrencyMax: 1,
  requestsPerMinute: 1,
  computeMsPerMinute: 1,
  streaming: false,
};
const statement = (query: string): Statement => ({
  query,
  params: [],
  rowMode: 'object',
  onLimit: 'truncate',
});

describe('planRequest', () => {
  it('plans one statement without BEGIN', () => {
    expect(planRequest(statement('select 1'), 'write', limits, 'open')).toMatchObject({
      begin: null,
      batch: false,
      readOnly: false,
      statements: [{ query: 'select 1', command: 'SELECT', failOnLimit: false }],
    });
  });

  it.each([
    [{}, 'BEGIN'],
    [{ isolation: 'repeatable read' as const }, 'BEGIN ISOLATION LEVEL REPEATABLE READ'],
    [
      { isolation: 'serializable' as const, readOnly: true, deferrable: true },
      'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE',
    ],
    [{ readOnly: false }, 'BEGIN READ WRITE'],
  ])('begins a batch of %j with %s', (options, begin) => {
    const batch = { queries: [statement('select 1')], ...options };
    expect(planRequest(batch, 'write', limits, 'open').begin).toBe(begin);
  });

  it('names the statement of a batch whose text is wrong', () => {
    const batch = { queries: [statement('select 1'), statement("select '\0'")] };
    expect(() => planRequest(batch, 'write', limits, 'open')).toThrow('queries.1.query');
  });

  it.each([
    [statement('select 1'), 'open' as const],
    [{ queries: [statement('select 1')] }, 'shrink' as const],
    [{ queries: [statement('select 1')], readOnly: false }, 'locked' as const],
  ])('lets a read key only read, whatever else is held: %j %s', (body, mode) => {
    const plan = planRequest(body, 'read', limits, mode);
    expect(plan).toMatchObject({ readOnly: true, begin: 'BEGIN READ ONLY', writes: 'open' });
  });

  it('looks at one statement that may only shrink before it is kept', () => {
    const plan = planRequest(statement('delete from t'), 'write', limits, 'shrink');
    expect(plan).toMatchObject({
      begin: 'BEGIN',
      end: 'COMMIT',
      readOnly: false,
      writes: 'shrink',
    });
  });

  it.each([
    [statement('select 1'), 'BEGIN READ ONLY'],
    [
      { queries: [statement('select 1')], readOnly: false, isolation: 'serializable' as const },
      'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY',
    ],
  ])('lets nobody write where writes are locked: %j', (body, begin) => {
    const plan = planRequest(body, 'admin', limits, 'locked');
    expect(plan).toMatchObject({ readOnly: true, begin, end: 'ROLLBACK', writes: 'locked' });
  });

  it('keeps nothing of what only reads, over the quota', () => {
    const queries = statement('reindex table t');
    const batch = { queries: [queries], readOnly: true } as SqlRequest;
    expect(planRequest(batch, 'admin', limits, 'open').end).toBe('COMMIT');
    expect(planRequest(queries, 'read', limits, 'shrink').end).toBe('ROLLBACK');
  });

  it('looks at a batch that wants to read only, for what Postgres calls so writes', () => {
    const batch = { queries: [statement('reindex table t')], readOnly: true };
    const plan = planRequest(batch, 'admin', limits, 'shrink');
    expect(plan).toMatchObject({ readOnly: true, writes: 'shrink', begin: 'BEGIN READ ONLY' });
  });
});
