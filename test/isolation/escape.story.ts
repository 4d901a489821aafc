import { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { physicalName } from '../support/customer';
import { asSuperuser } from '../support/cluster-objects';

/** Statements, with the names of the two databases for OWN and THEIRS, and their SQLSTATE. */
const REFUSED: [string, string, string][] = [
  ['opens its database to templates', 'alter database OWN is_template true', '42501'],
  ['closes its database to all', 'alter database OWN allow_connections false', '42501'],
  ['lifts its connection limit', 'alter database OWN connection limit 1000', '42501'],
  ['lifts its login’s connection limit', 'alter role OWN connection limit 1000', '42501'],
  ['renames its database', 'alter database OWN rename to mine', '42501'],
  ['takes its database over', 'alter database OWN owner to OWN', '42501'],
  ['moves its database', 'alter database OWN set tablespace pg_global', '42501'],
  ['keeps a setting in its database', 'alter database OWN set statement_timeout = 0', '42501'],
  ['keeps a setting in another database', 'alter role OWN in database THEIRS set jit = on', '*'],
  ['drops a database', 'drop database THEIRS', '42501'],
  ['makes a database', 'create database another', '42501'],
  ['copies another database', 'create database another template THEIRS', '42501'],
  ['copies the template', 'create database another template template1', '42501'],
  ['makes a role', 'create role helper', '42501'],
  ['makes itself superuser', 'alter role OWN superuser', '42501'],
  ['makes its owners superuser', 'alter role OWNERS superuser', '42501'],
  ['lets its owners log in', 'alter role OWNERS login', '42501'],
  ['lets itself make roles', 'alter role OWN createrole', '42501'],
  ['lets itself past row security', 'alter role OWN bypassrls', '42501'],
  ['lets itself replicate', 'alter role OWN replication', '42501'],
  ['joins the reaper', 'grant howdah_reaper to OWN', '42501'],
  ['joins who may read all', 'grant pg_read_all_data to OWN', '42501'],
  ['takes another into its owners', 'grant OWNERS to THEIRS', '42501'],
  ['sets another login’s password', `alter role THEIRS password 'mine'`, '42501'],
  ['sets the superuser’s settings', 'alter role postgres set search_path = public', '42501'],
  ['sets everybody’s settings', 'alter role all set search_path = public', '42501'],
  ['becomes another tenant', 'set role THEIRS', '42501'],
  ['becomes another tenant inside DO', 'do $$ begin set role THEIRS; end $$', '42501'],
  ['becomes another tenant by set_config', `select set_config('role', 'THEIRS', false)`, '42501'],
  ['becomes the superuser', 'set session authorization postgres', '42501'],
  ['becomes the superuser inside DO', 'do $$ begin set role postgres; end $$', '42501'],
  ['becomes the operator', 'set role tenant_op', '42501'],
  ['becomes the reaper', 'set role howdah_reaper', '42501'],
  ['gives its objects to another', 'create schema gift authorization THEIRS', '42501'],
  ['owns what others own', 'reassign owned by THEIRS to OWN', '42501'],
  ['drops what others own', 'drop owned by THEIRS', '42501'],
  ['reads passwords', 'select * from pg_authid', '42501'],
  ['reads what others run', 'select * from pg_stat_activity', '42501'],
  ['reads what others lock', 'select * from pg_locks', '42501'],
  ['sizes another database', `select pg_database_size('THEIRS')`, '42501'],
  ['reads a file', `select pg_read_file('/etc/passwd')`, '42501'],
  ['lists a folder', `select pg_ls_dir('.')`, '42501'],
  ['reads the server’s log', `select pg_current_logfile()`, '42501'],
  ['imports a file', `select lo_import('/etc/passwd')`, '42501'],
  ['exports a file', `select lo_export(1, '/tmp/howdah')`, '42501'],
  ['runs a program', `do $$ begin execute 'copy (select 1) to program ''id'''; end $$`, '42501'],
  ['reads a file by COPY', `do $$ begin execute 'copy pg_class from ''/x'''; end $$`, '42501'],
  ['loads a library', `load 'plpgsql'`, '42501'],
  ['preloads a library', `alter role OWN set session_preload_libraries = 'x'`, '42501'],
  ['changes the server', 'alter system set jit = on', '42501'],
  ['reloads the server', 'select pg_reload_conf()', '42501'],
  ['turns the log over', 'select pg_rotate_logfile()', '42501'],
  ['checkpoints', 'checkpoint', '42501'],
  ['switches the WAL', 'select pg_switch_wal()', '42501'],
  ['forgets the statistics', 'select pg_stat_reset()', '42501'],
  ['makes a tablespace', `create tablespace t location '/tmp'`, '42501'],
  ['writes C', `create function f() returns int language c as 'libc', 'abort'`, '42501'],
  [
    'writes an internal function',
    `create function f() returns int language internal as 'pg_backend_pid'`,
    '42501',
  ],
  ['makes a language', 'create language mine handler plpgsql_call_handler', '42501'],
  ['makes a type of raw bytes', 'create type raw (input = textin, output = textout)', '42501'],
  ['installs a language that crashes the cluster', 'create extension pltcl', '*'],
  ['installs an extension that reads files', 'create extension file_fdw', '*'],
  ['installs an extension that reads pages', 'create extension pageinspect', '*'],
  ['reaches out of its cluster', 'create extension dblink', '*'],
  ['reaches out of its cluster by FDW', 'create extension postgres_fdw', '*'],
  ['makes a foreign data wrapper', 'create foreign data wrapper mine', '42501'],
  [
    'subscribes to another cluster',
    `create subscription s connection 'host=127.0.0.1' publication p`,
    '42501',
  ],
  ['publishes all', 'create publication p for all tables', '42501'],
  [
    'makes an event trigger',
    'create event trigger e on ddl_command_start execute function f()',
    '42501',
  ],
  [
    'makes a replication slot',
    `select pg_create_logical_replication_slot('s', 'pgoutput')`,
    '42501',
  ],
  ['makes an access method', 'create access method mine type index handler bthandler', '42501'],
  [
    'makes an operator class',
    'create operator class c for type int4 using btree as storage int4',
    '42501',
  ],
  ['makes a cast between types of others', 'create cast (int4 as bytea) without function', '42501'],
  ['changes a catalog', `update pg_proc set proacl = null`, '42501'],
  ['changes catalogs by a setting', 'set allow_system_table_mods = on', '42501'],
  ['ignores what is broken', 'set zero_damaged_pages = on', '42501'],
  ['logs more than it should', 'set log_min_messages = debug5', '42501'],
  ['logs its statements', `set log_statement = 'all'`, '42501'],
  ['lifts the limit on temporary files', 'set temp_file_limit = -1', '42501'],
  ['acts as a replica, with no triggers', 'set session_replication_role = replica', '42501'],
  ['becomes another tenant by SECURITY DEFINER', `DEFINER set role THEIRS`, '*'],
  ['becomes the superuser by SECURITY DEFINER', `DEFINER set role postgres`, '*'],
  [
    'locks a shared catalog',
    'do $$ begin lock table pg_database in access exclusive mode; end $$',
    '42501',
  ],
  ['locks rows of a shared catalog', 'select from pg_database for update', '42501'],
];

/** What the template took from PUBLIC, given back by each way there is to give. */
const REGRANTS: [string, string][] = [
  ['grants advisory locks', 'grant execute on function pg_advisory_lock(bigint) to public'],
  ['grants all of pg_catalog', 'grant execute on all functions in schema pg_catalog to OWNERS'],
  ['grants a view of sessions', 'grant select on pg_stat_activity to OWNERS'],
  ['owns a revoked function', 'alter function pg_advisory_lock(bigint) owner to OWNERS'],
  ['renames a revoked function', 'alter function pg_advisory_lock(bigint) rename to mine'],
  [
    'grants itself by default',
    'alter default privileges in schema pg_catalog grant execute on functions to public',
  ],
  ['reads locks by the function beneath', 'select * from pg_lock_status()'],
  ['reads sessions by the function beneath', 'select * from pg_stat_get_activity(null)'],
  [
    'calls it by an operator',
    'create operator public.@#@ (function = pg_catalog.pg_try_advisory_lock, rightarg = bigint); ',
  ],
  [
    'calls it by an aggregate',
    'create aggregate hold(bigint) (sfunc = pg_advisory_lock, stype = void)',
  ],
  ['calls it by a cast', 'create cast (bigint as void) with function pg_advisory_lock(bigint)'],
  ['takes an advisory lock', 'select pg_advisory_lock(1)'],
  ['writes WAL at no cost', `select pg_logical_emit_message(false, 'x', repeat('x', 1000))`],
  ['notifies by function', `select pg_notify('c', 'x')`],
];

onEachServer((server) => {
  const arena = new Arena(server);
  let fill: (statement: string) => string;

  beforeAll(async () => {
    const own = await physicalName(server, arena.attacker);
    const theirs = await physicalName(server, arena.victim.database);
    const [owners] = await arena.attacker.rows<{ name: string }>('select current_user as name');
    fill = (statement) =>
      statement
        .replaceAll('OWNERS', owners!.name)
        .replaceAll('OWN', own)
        .replaceAll('THEIRS', theirs);
    await arena.attacker.rows(`create function f() returns event_trigger language plpgsql
      as 'begin end'`);
  });

  async function isRefused(statement: string, sqlstate = '*'): Promise<string> {
    const answer = await arena.attacker.sql(fill(statement));
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.error.code).toBe('query_failed');
    if (sqlstate !== '*') expect(answer.body.error.sqlstate, answer.text).toBe(sqlstate);
    return `refused: ${answer.body.error.message}`;
  }

  describe('A tenant with a key of role admin is refused when it', () => {
    it.for(REFUSED)('%s', ([, statement, sqlstate], context) =>
      arena.beside(
        context,
        async () => {
          if (!statement.startsWith('DEFINER ')) return isRefused(statement, sqlstate);
          await arena.attacker.rows(
            fill(`create or replace function climb() returns void security definer
              language plpgsql as $$ begin ${statement.slice(8)}; end $$`),
          );
          return isRefused('select climb()');
        },
        { atLeastMs: 20 },
      ),
    );

    it('ends or cancels a session that is not its own', (context) =>
      arena.beside(context, async () => {
        const admin = new Client({ connectionString: server.adminUrl });
        await admin.connect();
        const { rows } = await admin.query('select pg_backend_pid() as pid');
        const [theirs] = await arena.victim.database.rows('select pg_backend_pid() as pid');
        for (const end of ['pg_terminate_backend', 'pg_cancel_backend']) {
          for (const { pid } of [rows[0], theirs!])
            await isRefused(`select ${end}(${pid})`, '42501');
        }
        await admin.end();
        return 'refused';
      }));
  });

  describe('A tenant does not get back what the template took when it', () => {
    it.for(REGRANTS)('%s', ([, statement], context) =>
      arena.beside(
        context,
        async () => {
          const answer = await arena.attacker.sql(fill(statement));
          for (const call of ['select pg_advisory_lock(1)', 'select * from pg_stat_activity']) {
            await isRefused(call, '42501');
          }
          const [row] = await arena.attacker.rows(`select
            has_function_privilege('pg_advisory_lock(bigint)', 'execute') as lock,
            has_function_privilege('pg_notify(text, text)', 'execute') as notify,
            has_table_privilege('pg_locks', 'select') as locks`);
          expect(row).toEqual({ lock: false, notify: false, locks: false });
          return answer.status === 200 ? 'without effect' : `refused: ${answer.body.error.message}`;
        },
        { atLeastMs: 20 },
      ),
    );

    it('grants everybody entry to its database, and nobody has it afterwards', (context) =>
      arena.beside(context, async () => {
        await arena.attacker.sql(fill('grant connect on database OWN to public'));
        await arena.attacker.sql(fill('grant all on database OWN to THEIRS'));
        const rows = await asSuperuser(
          server.adminUrl,
          `select 1 from pg_database, aclexplode(datacl) as acl where datname = $1
             and (acl.grantee = 0 or acl.grantee = $2::regrole)`,
          [fill('OWN'), fill('THEIRS')],
        );
        expect(rows).toEqual([]);
        return 'without effect';
      }));
  });
});
