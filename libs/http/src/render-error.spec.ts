import { AppError } from '@howdah/kernel';
import { describe, expect, it } from 'vitest';
import { renderError } from './render-error';

describe('renderError', () => {
  it('tells an expected failure with its code, details, request id and page of the docs', () => {
    const error = new AppError('rate_limited', 'Too many.', { retryAfter: 2.5, limit: 10 });
    expect(renderError(error, 'req_1')).toEqual({
      status: 429,
      headers: { 'retry-after': '3' },
      body: {
        error: {
          code: 'rate_limited',
          message: 'Too many.',
          retryAfter: 2.5,
          limit: 10,
          requestId: 'req_1',
          docs: expect.stringContaining('#rate_limited'),
        },
      },
    });
  });

  it('lets no detail stand in for the code, the message or the request id', () => {
    const error = new AppError('query_failed', 'No.', { code: 'x', message: 'x', requestId: 'x' });
    expect(renderError(error, 'req_1').body.error).toMatchObject({
      code: 'query_failed',
      message: 'No.',
      requestId: 'req_1',
    });
  });

  it.each([
    [{ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }, 413, 'payload_too_large'],
    [{ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }, 415, 'unsupported_media_type'],
    [{ status: 404, message: 'Cannot GET /x' }, 404, 'not_found'],
    [{ statusCode: 418, message: 'teapot' }, 400, 'invalid_request'],
    [{ code: 'ECONNREFUSED' }, 503, 'busy'],
    [{ code: '57P01', message: 'terminating connection' }, 503, 'busy'],
    [new Error('Connection terminated unexpectedly'), 503, 'busy'],
  ])('tells the framework’s %j in our words', (thrown, status, code) => {
    const rendered = renderError(thrown, 'req_1');
    expect([rendered.status, rendered.body.error.code]).toEqual([status, code]);
  });

  it.each([
    [new Error('password is hunter2')],
    [new TypeError('x of undefined')],
    ['text'],
    [undefined],
  ])('tells nothing of a defect of ours: %s', (thrown) => {
    const { status, body } = renderError(thrown, 'req_1');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|undefined|stack/);
  });
});
