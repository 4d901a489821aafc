import { describe, expect, it } from 'vitest';
import { readError } from '../wire/read-error';
import { statementError } from './statement-error';

const spent = { limitMs: 1_000, elapsedMs: 1_001.4 };
const response = (fields: Record<string, string>) =>
  Buffer.from(
    `${Object.entries(fields)
      .map(([key, value]) => `${key}${value}\0`)
      .join('')}\0`,
  );
const errorOf = (fields: Record<string, string>, statement?: number) => {
  const bytes = response(fields);
  return statementError(readError(bytes, 0, bytes.length), spent, { statement });
};

describe('statementError', () => {
  it('keeps what Postgres says, under the names of the protocol', () => {
    const error = errorOf({
      S: 'FEHLER',
      V: 'ERROR',
      C: '23505',
      M: 'duplicate key',
      D: 'Key (id)=(1) already exists.',
      P: '15',
      s: 'public',
      t: 'item',
      n: 'item_pkey',
    });
    expect(error).toMatchObject({ code: 'query_failed', message: 'duplicate key' });
    expect(error.details).toEqual({
      severity: 'ERROR',
      sqlstate: '23505',
      detail: 'Key (id)=(1) already exists.',
      position: 15,
      schema: 'public',
      table: 'item',
      constraint: 'item_pkey',
    });
  });

  it.each([
    ['57014', 'canceling statement due to statement timeout', 'query_timeout'],
    ['25P04', 'terminating connection due to transaction timeout', 'query_timeout'],
    ['57P01', 'terminating connection due to administrator command', 'database_unreachable'],
    ['57014', 'raised by a function', 'query_failed'],
  ])('%s %s is %s', (C, M, code) => {
    expect(errorOf({ V: 'ERROR', C, M }).code).toBe(code);
  });

  it('tells limit and time spent of a timeout, and the statement of a batch', () => {
    const M = 'canceling statement due to statement timeout';
    expect(errorOf({ V: 'ERROR', C: '57014', M }, 2).details).toEqual({
      sqlstate: '57014',
      limitMs: 1_000,
      elapsedMs: 1_001,
      statement: 2,
    });
  });

  it('points to queries when one request holds many commands', () => {
    const M = 'cannot insert multiple commands into a prepared statement';
    expect(errorOf({ V: 'ERROR', C: '42601', M }).details.hint).toContain('queries');
  });

  it('tells of a statement of ours what it is about, and nothing of its text', () => {
    const bytes = response({
      V: 'ERROR',
      C: '42P01',
      M: 'it is gone',
      P: '7',
      q: 'select',
      H: 'x',
    });
    const error = statementError(readError(bytes, 0, bytes.length), spent, { about: 'Our table' });
    expect(error.message).toBe('Our table: it is gone');
    expect(error.details).toEqual({
      severity: 'ERROR',
      sqlstate: '42P01',
      hint: expect.stringContaining('again'),
    });
  });

  it('reads an error that was cut short', () => {
    const bytes = response({ V: 'ERROR', C: 'P0001', M: 'x'.repeat(100) }).subarray(0, 50);
    expect(readError(bytes, 0, bytes.length)).toMatchObject({
      sqlstate: 'P0001',
      message: expect.stringMatching(/^x+$/),
    });
  });
});
