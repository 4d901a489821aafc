import { describe, expect, it } from 'vitest';
import { leadingKeywords } from './leading-keyword';

describe('leadingKeywords', () => {
  it.each([
    ['select 1', ['SELECT']],
    ['  \t\r\n\f\vcommit', ['COMMIT']],
    ['-- commit\nselect 1', ['SELECT']],
    ['-- commit\rbegin', ['BEGIN']],
    ['/* a /* nested */ begin */ insert into t', ['INSERT']],
    ['/**/rollback', ['ROLLBACK']],
    [';;commit', ['COMMIT']],
    ['((select 1))', ['SELECT']],
    ['/* open', []],
    ['', []],
    ['-- only a comment', []],
    ['"commit"', []],
    ['$$commit$$', []],
    ['- 1', []],
  ])('%j reads %j', (query, words) => {
    expect(leadingKeywords(query, 1)).toEqual(words);
  });

  it('reads further words past comments', () => {
    expect(leadingKeywords('rollback/**/work -- x\n to a', 3)).toEqual(['ROLLBACK', 'WORK', 'TO']);
  });

  it('ends quickly on a long run of comment openings', () => {
    expect(leadingKeywords('/*'.repeat(500_000), 1)).toEqual([]);
  });
});
