import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import { describe, expect, it } from 'vitest';
import { explainStorage, grewOverQuota } from './storage-error';

const route = {
  storage: { level: 'full', usedBytes: 60 },
  limits: { sizeBytesMax: 50 },
} as DatabaseRoute;
const failure = (sqlstate: string) =>
  new AppError('query_failed', 'Postgres said no', { sqlstate });

describe('What a database over its storage answers', () => {
  it('to growth: by how much, what it has and may have, and what to do', () => {
    const error = grewOverQuota(route, { bytes: 8192, relations: 1 });
    expect(error.code).toBe('storage_limit');
    expect(error.message).toContain('8192 bytes and 1 relations');
    expect(error.details).toMatchObject({
      usedBytes: 60,
      limitBytes: 50,
      writes: 'shrink',
      grown: { bytes: 8192, relations: 1 },
      hint: expect.stringContaining('reclaim'),
    });
  });

  it('to a write while writes are locked: to try again', () => {
    const error = explainStorage(failure('25006'), route, true);
    expect(error).toMatchObject({
      code: 'storage_limit',
      details: { writes: 'locked', retryAfter: 5, usedBytes: 60 },
    });
  });

  it('to a write in a stream or with a key: to send it without', () => {
    const error = explainStorage(failure('25006'), route, false);
    expect(error).toMatchObject({ code: 'storage_limit', details: { writes: 'shrink' } });
    expect(error.details.retryAfter).toBeUndefined();
  });

  it('to VACUUM: to reclaim', () => {
    const error = explainStorage(failure('25001'), route, false);
    expect(error).toMatchObject({ code: 'query_failed', message: 'Postgres said no' });
    expect(error.details.hint).toContain('reclaim');
  });

  it('to anything else: what Postgres said', () => {
    const error = failure('23505');
    expect(explainStorage(error, route, true)).toBe(error);
  });
});
