/**
 * Code of a tenant that waits for a superuser to run it. `OWN` stands for the tenant's login. Each
 * trap calls `spring(n)`: under a superuser it makes the role `trapped_n` and the tenant superuser.
 */
export const SPRING: readonly string[] = [
  `create function public.spring(n int) returns boolean language plpgsql as $$
    begin
      if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        execute pg_catalog.format('create role trapped_%s', n);
        execute 'alter role OWN superuser';
      end if;
      return true;
    exception when others then return true;
    end $$`,
  `create function public.spring_text(n int) returns text language sql as
    'select public.spring(n)::pg_catalog.text'`,
  // Postgres believes whoever says immutable; indexes and generated columns ask for it.
  `create function public.spring_once(n int) returns int immutable language plpgsql as
    $$ begin perform public.spring(n); return n; end $$`,
  `create function public.spring_row() returns trigger language plpgsql as
    $$ begin perform public.spring(10); return coalesce(new, old); end $$`,
];

const catalogView = (name: string, n: number) =>
  `create view public.${name} as select *, public.spring(${n}) from pg_catalog.${name}`;

/** What is planted; one that Postgres refuses is no trap any more. */
export const TRAPS: readonly string[] = [
  ...[
    'pg_class',
    'pg_database',
    'pg_roles',
    'pg_proc',
    'pg_namespace',
    'pg_tables',
    'pg_settings',
  ].map((name, at) => catalogView(name, 20 + at)),
  ...['pg_largeobject_metadata', 'pg_stat_database', 'pg_auth_members', 'pg_type'].map((name, at) =>
    catalogView(name, 30 + at),
  ),
  // The search path of a superuser begins with a schema of its own name, if there is one.
  'create schema postgres',
  'create view postgres.pg_class as select public.spring(40), * from pg_catalog.pg_class',
  'create function postgres.now() returns timestamptz language plpgsql as ' +
    '$$ begin perform public.spring(41); return pg_catalog.now(); end $$',
  // Closer to the call than those of pg_catalog, which take text or bigint.
  `create function public.lower(varchar) returns text language sql as 'select public.spring_text(50)'`,
  `create function public.pg_database_size(varchar) returns bigint language sql as
    'select public.spring(51)::int::bigint'`,
  `create function public.pg_total_relation_size(int) returns bigint language sql as
    'select public.spring(52)::int::bigint'`,
  `create function public.format(varchar, varchar) returns text language sql as
    'select public.spring_text(53)'`,
  `create function public.quote_ident(varchar) returns text language sql as
    'select public.spring_text(54)'`,
  `create function public.set_config(varchar, varchar, boolean) returns text language sql as
    'select public.spring_text(55)'`,
  `create function public.same(name, varchar) returns boolean language sql as 'select public.spring(56)'`,
  `create operator public.= (leftarg = name, rightarg = varchar, function = public.same)`,
  `create function public.unlike(name, text) returns boolean language sql as 'select public.spring(57)'`,
  `create operator public.~ (leftarg = name, rightarg = text, function = public.unlike)`,
  `create function public.joined(text, name) returns text language sql as 'select public.spring_text(58)'`,
  `create operator public.|| (leftarg = text, rightarg = name, function = public.joined)`,
  `create aggregate public.count(int) (sfunc = int4pl, stype = int, initcond = '0')`,
  `create domain public.bigint as pg_catalog.int8 check (public.spring(59))`,
  `create domain public.regclass as pg_catalog.text check (public.spring(60))`,
  `create type public.mood as (n int)`,
  `create function public.to_mood(text) returns public.mood language sql as
    'select row(public.spring(61)::int)::public.mood'`,
  `create cast (text as public.mood) with function public.to_mood(text) as implicit`,
  // The one table of ours in a tenant's database, which is the tenant's.
  `create trigger spring before insert or update or delete on howdah.requests
    for each row execute function public.spring_row()`,
  `create trigger spring_all before truncate on howdah.requests
    for each statement execute function public.spring_row()`,
  `alter table howdah.requests alter created_at set default
    pg_catalog.now() - (public.spring(70)::int * interval '0')`,
  `alter table howdah.requests add constraint spring check (public.spring(71))`,
  `alter table howdah.requests enable row level security`,
  `create policy spring on howdah.requests using (public.spring(72))`,
  `create rule spring as on delete to howdah.requests do also select public.spring(73)`,
  `create index on howdah.requests (public.spring_once(74 + octet_length(key) * 0))`,
  `insert into howdah.requests (key, fingerprint) values ('old', ''), ('older', '')`,
  // What maintenance computes: VACUUM FULL, ANALYZE, REINDEX and CLUSTER.
  `create table public.bait (n int, twice int generated always as (public.spring_once(80) * n) stored)`,
  `insert into public.bait select generate_series(1, 300)`,
  `create index on public.bait (public.spring_once(81 + n * 0))`,
  `create index on public.bait (n) where public.spring_once(82) = 82`,
  `create statistics public.spring_stats on (public.spring_once(83 + n * 0)), n from public.bait`,
  `create materialized view public.fresh as select public.spring(84) as s`,
  `create view public.everything with (security_invoker = true) as select public.spring(85) as s`,
  `create table public.parted (n int) partition by list (public.spring_once(86 + n * 0))`,
  `create publication spring for table public.bait with (publish = 'insert')`,
  // What a session of the login begins with, and what a tenant says of itself.
  `create event trigger spring on ddl_command_start execute function public.spring_row()`,
  `alter role OWN set search_path = public, pg_catalog`,
  `alter role OWN set role = 'OWN'`,
  `alter role OWN set default_transaction_read_only = on`,
  `alter role OWN set check_function_bodies = off`,
  `comment on table public.bait is $c$'; alter role OWN superuser; --$c$`,
  `create table public."'; alter role OWN superuser; --" (n int)`,
  `create schema "x""; alter role OWN superuser; --"`,
  `create table public."$howdah$; alter role OWN superuser; $howdah$" (n int)`,
  `select lo_create(4711)`,
  `comment on large object 4711 is $c$'; alter role OWN superuser; --$c$`,
  `create function public.overloaded() returns void security definer language plpgsql as
    $$ begin perform public.spring(90); end $$`,
  `alter default privileges grant all on tables to public`,
  `alter function public.spring(int) set search_path = public`,
];
