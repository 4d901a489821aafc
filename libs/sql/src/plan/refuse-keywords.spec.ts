import { describe, expect, it } from 'vitest';
import { commandOf } from './refuse-keywords';

describe('commandOf', () => {
  it.each([
    'begin',
    'START TRANSACTION',
    'commit and chain',
    'end',
    'abort',
    'rollback',
    'rollback work',
    'rollback and chain',
    "rollback prepared 'x'",
    "prepare transaction 'x'",
    '/* x */ ; Commit',
  ])('refuses %j', (query) => {
    expect(() => commandOf(query)).toThrow(
      expect.objectContaining({ code: 'transaction_control' }),
    );
  });

  it.each(['copy t to stdout', '-- x\nCOPY t from stdin'])('refuses %j', (query) => {
    expect(() => commandOf(query)).toThrow(expect.objectContaining({ code: 'copy_not_supported' }));
  });

  it.each([
    ['rollback to a', 'SELECT'],
    ['rollback transaction to savepoint a', 'SELECT'],
    ['prepare x as select 1', 'SELECT'],
    ['set transaction isolation level serializable', 'SELECT'],
    ['with x as (select 1) select * from x', 'SELECT'],
    ['insert into t values (1) returning *', 'INSERT'],
    ['delete from t returning *', 'DELETE'],
    ['', 'SELECT'],
  ])('lets %j pass as %s', (query, command) => {
    expect(commandOf(query)).toBe(command);
  });
});
