import { expect, it } from 'vitest';
import { readCommandTag } from './command-tag';

it.each([
  ['SELECT 500', 'SELECT', 500],
  ['INSERT 0 5', 'INSERT', 5],
  ['DELETE 0', 'DELETE', 0],
  ['CREATE TABLE', 'CREATE TABLE', null],
  ['DISCARD ALL', 'DISCARD ALL', null],
  ['SET', 'SET', null],
])('%s reads %s and %s', (tag, command, rowCount) => {
  expect(readCommandTag(tag)).toEqual({ command, rowCount });
});
