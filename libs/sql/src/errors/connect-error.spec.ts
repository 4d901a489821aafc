import { describe, expect, it } from 'vitest';
import { mayHeal } from './connect-error';

describe('mayHeal', () => {
  it.each(['28P01', '28000', '58P01', '22023', '42704', 'XX000'])(
    '%s: the login itself',
    (code) => {
      expect(mayHeal(code)).toBe(true);
    },
  );

  it.each([
    '3D000',
    '55000',
    '42501',
    '53300',
    '57P03',
    '57P01',
    'EPIPE',
    'ECONNREFUSED',
    undefined,
  ])('%s: not the login', (code) => {
    expect(mayHeal(code)).toBe(false);
  });
});
