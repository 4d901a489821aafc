import { describe, expect, it } from 'vitest';
import { mayHeal } from './connect-error';

describe('mayHeal', () => {
  it.each(['28P01', '28000', '58P01', '22023', '42704', 'XX000'])(
    '%s: the login itself',
    (code) => {
      expect(mayHeal({ code, message: 'refused' })).toBe(true);
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
    expect(mayHeal({ code, message: 'refused' })).toBe(false);
  });

  it('what node-postgres refuses of a verifier: the login itself', () => {
    const refused = new Error('SASL: iteration count 1000000 exceeds scramMaxIterations of 4096');
    expect(mayHeal(refused)).toBe(true);
  });
});
