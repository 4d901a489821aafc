import type { Statement } from '@howdah/contracts';
import { describe, expect, it } from 'vitest';
import { planRequest } from './plan-request';

const limits = {
  statementMs: 1_000,
  rowsMax: 500,
  sizeBytesMax: 1,
  responseBytesMax: 1,
  concurrencyMax: 1,
  requestsPerMinute: 1,
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
    expect(planRequest(statement('select 1'), 'write', limits)).toMatchObject({
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
    expect(planRequest(batch, 'write', limits).begin).toBe(begin);
  });

  it('names the statement of a batch whose text is wrong', () => {
    const batch = { queries: [statement('select 1'), statement("select '\0'")] };
    expect(() => planRequest(batch, 'write', limits)).toThrow('queries.1.query');
  });

  it.each([
    [statement('select 1')],
    [{ queries: [statement('select 1')] }],
    [{ queries: [statement('select 1')], readOnly: false }],
  ])('lets a read key only read: %j', (body) => {
    const plan = planRequest(body, 'read', limits);
    expect(plan).toMatchObject({ readOnly: true, begin: 'BEGIN READ ONLY' });
  });
});
