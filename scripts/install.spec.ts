import { describe, expect, it } from 'vitest';
import { isSatisfied } from './install.mjs';

describe('installed packages', () => {
  const wanted = {
    '': { version: '0.1.0' },
    'node_modules/pg': { version: '8.23.0' },
    'node_modules/binding-darwin': { version: '1.0.0', optional: true },
  };

  it('do when all that is wanted is there, but for what is optional', () => {
    expect(isSatisfied(wanted, { 'node_modules/pg': { version: '8.23.0' } })).toBe(true);
  });

  it('do not when one is missing or of another version', () => {
    expect(isSatisfied(wanted, {})).toBe(false);
    expect(isSatisfied(wanted, { 'node_modules/pg': { version: '8.22.0' } })).toBe(false);
  });
});
