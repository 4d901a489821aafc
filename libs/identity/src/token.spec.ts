import { describe, expect, it } from 'vitest';
import { bearerOf, hashToken, looksLikeToken, newToken } from './token';

describe('A token', () => {
  it.each(['hdt', 'hdk_read', 'hdk_write', 'hdk_admin'] as const)(
    'of %s looks like one',
    (prefix) => {
      const { secret, hash } = newToken(prefix);
      expect(secret.startsWith(`${prefix}_`)).toBe(true);
      expect(looksLikeToken(secret)).toBe(true);
      expect(hash).toEqual(hashToken(secret));
      expect(newToken(prefix).secret).not.toBe(secret);
    },
  );

  it.each([
    '',
    'hdk_owner_' + 'a'.repeat(32),
    'hdt_short',
    `hdt_${'a'.repeat(33)}`,
    ' hdt_' + 'a'.repeat(32),
  ])('%j does not look like one', (value) => expect(looksLikeToken(value)).toBe(false));
});

describe('bearerOf', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc ', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    [`Bearer ${'x'.repeat(300)}`, undefined],
    [undefined, undefined],
  ])('of %j is %j', (header, token) => expect(bearerOf(header)).toBe(token));
});
