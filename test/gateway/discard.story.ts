import { describe, expect, inject, it } from 'vitest';
import { newDatabase } from '../support/customer';

describe('A statement that sends what no answer can hold', () => {
  it.each([
    ['notices of one letter', `raise notice 'x'`],
    ['notices of many', `raise notice '%', repeat('x', 60000)`],
    ['news of a setting', `perform set_config('application_name', n::text, false)`],
  ])('is stopped for %s, and the next is answered', async (_, doing) => {
    const db = await newDatabase(inject('shared').gatewayUrl);
    const flood = await db.sql(`do $$ begin
      perform set_config('client_min_messages', 'notice', false);
      for n in 1..1000000 loop ${doing}; end loop; end $$`);
    expect(flood.status).not.toBe(200);
    expect(await db.rows('select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('is told so at 10,000 notices, and is left alone at fewer', async () => {
    const db = await newDatabase(inject('shared').gatewayUrl);
    const notices = (count: number) =>
      db.sql(`do $$ begin
        perform set_config('client_min_messages', 'notice', false);
        for n in 1..${count} loop raise notice 'x'; end loop; end $$`);
    expect((await notices(9_000)).status).toBe(200);
    expect((await notices(20_000)).body.error).toMatchObject({
      code: 'response_too_large',
      message: expect.stringContaining('10000 messages'),
    });
  });
});
