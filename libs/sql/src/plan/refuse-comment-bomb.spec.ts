import { describe, expect, it } from 'vitest';
import { refuseCommentBomb } from './refuse-comment-bomb';

const long = (text: string) => `select 1 ${' '.repeat(10_000)}${text}`;

describe('refuseCommentBomb', () => {
  it.each([
    ['alone', long('/*'.repeat(201))],
    ['closed again', '/*'.repeat(250_000) + '*/'.repeat(250_000) + 'select 1'],
    ['between other operators', long('+/*=/*'.repeat(101))],
    ['in the body of DO', long(`do $$ begin ${'/*'.repeat(300)} end $$`)],
    ['after comments that are none', long(`${'/* x */ '.repeat(300)}${'/*'.repeat(201)}`)],
  ])('refuses them %s', (_, query) => {
    expect(() => refuseCommentBomb(query, 'queries.1.query')).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining('queries.1.query'),
      }),
    );
  });

  it.each([
    ['200 in a row', long('/*'.repeat(200))],
    ['thousands of comments', '/* a */ select 1, /* b */ 2 '.repeat(3_000)],
    ['thousands that nest with spaces between', '/* '.repeat(5_000) + '*/ '.repeat(5_000)],
    ['thousands of paths', long(`select '${'static/*, '.repeat(5_000)}'`)],
    ['a frame of stars', long(`/${'*'.repeat(50_000)}/ select 1`)],
    ['a short text', '/*'.repeat(2_000) + '*/'.repeat(2_000)],
  ])('takes %s', (_, query) => {
    expect(() => refuseCommentBomb(query, 'query')).not.toThrow();
  });
});
