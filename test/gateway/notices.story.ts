import { expect, inject, it, describe } from 'vitest';
import { newDatabase } from '../support/customer';

describe('A statement that raises notices without end', () => {
  it('gives its answer all the same, and leaves its connection fit for the next', async () => {
    const db = await newDatabase(inject('shared').gatewayUrl);
    await db.rows(`create function chatty() returns int language plpgsql as $$
      begin
        for n in 1..100000 loop raise notice 'still here'; end loop;
        return 42;
      end $$`);
    const { body } = await db.sql('select chatty() as n').expect(200);
    expect(body.rows).toEqual([{ n: 42 }]);
    expect(await db.rows('select 1 as n')).toEqual([{ n: 1 }]);
  });
});
