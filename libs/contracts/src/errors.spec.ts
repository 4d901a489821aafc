import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_STATUS } from './errors';

const docs = readFileSync(resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8');

describe('docs/errors.md, which answers link to', () => {
  it('has a heading for every code, and for no other', () => {
    const headings = [...docs.matchAll(/^##+ `?([a-z]+(?:_[a-z]+)*)`?$/gm)].map(([, code]) => code);
    expect(headings.sort()).toEqual(Object.keys(ERROR_STATUS).sort());
  });
});
