/**
 * @typedef {object} Attacker
 * @property {string} name what it goes for
 * @property {string} [prepare] run once in its database
 * @property {object} body what it sends, over and over
 * @property {number} [atOnce] requests under way; default is all that the plan allows
 */

const swallowing = (/** @type {string} */ work) =>
  `do $$ begin loop begin ${work} exception when query_canceled then null; end; end loop; end $$`;

const FOREVER = 100_000_000;

/** Each stands for a kind of tenant; the suite of test/isolation has many more of each kind. @type {readonly Attacker[]} */
export const ATTACKERS = [
  {
    name: 'CPU: a cross join',
    body: {
      query: `select count(*) from generate_series(1, ${FOREVER}) a, generate_series(1, ${FOREVER}) b`,
    },
  },
  {
    name: 'memory: an array that grows',
    body: {
      query: `do $$ declare hoard text[]; begin for n in 1..${FOREVER} loop
        hoard[n] := repeat(md5(n::text), 30000); end loop; end $$`,
    },
  },
  {
    name: 'disk: sorts that spill',
    body: {
      query: `select count(*) from (select md5(n::text) as t from generate_series(1, ${FOREVER}) n
        order by t) sorted`,
    },
  },
  {
    name: 'WAL: a flood of inserts',
    prepare: 'create table flood (n integer, t text)',
    body: {
      query: `insert into flood select n, repeat(md5(n::text), 30) from generate_series(1, 5000) n`,
    },
  },
  {
    name: 'a flood of notices',
    body: {
      query: `do $$ begin loop raise notice '%', repeat('x', 60000); end loop; end $$`,
    },
  },
  { name: 'a storm of 100 requests at once', body: { query: 'select 1' }, atOnce: 100 },
  { name: 'sleeping on all connections', body: { query: 'select pg_sleep(10)' } },
  {
    name: 'tables by the hundred',
    prepare: 'create sequence names',
    body: {
      query: `do $$ begin for n in 1..50 loop
        execute format('create table t_%s (id int primary key, t text)', nextval('names'));
        end loop; end $$`,
    },
  },
  {
    name: 'large objects',
    body: {
      query: `select count(lo_from_bytea(0, 'x')) from generate_series(1, 1000)`,
    },
  },
  {
    name: 'scans of the catalogs',
    body: {
      query: `select count(*) from pg_attribute a, pg_proc p where a.attname || p.proname ~ 'x.*y'`,
    },
  },
  { name: 'a loop that swallows its cancel', body: { query: swallowing('loop end loop;') } },
];
