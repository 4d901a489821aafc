import { Client } from 'pg';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, inControl, newDatabase } from '../support/customer';
import { startStack } from '../support/stack';

const { gatewayUrl, controlUrl } = inject('shared');
const adminUrl = inject('adminUrl');

let attacker: CustomerDatabase;
let victim: CustomerDatabase;
let own: string;
let theirs: string;

async function nameOf(db: CustomerDatabase, control = controlUrl): Promise<string> {
  const [row] = await inControl<{ name: string }>(
    control,
    'select physical_name as name from database where id = $1',
    [db.id],
  );
  return row!.name;
}

beforeAll(async () => {
  attacker = await newDatabase(gatewayUrl);
  victim = await newDatabase(gatewayUrl);
  own = await nameOf(attacker);
  theirs = await nameOf(victim);
  await victim.rows('create table secrets as select 42 as n');
});

/** Statements, with the names of the two databases for OWN and THEIRS, and their SQLSTATE. */
const REFUSED: [string, string, string][] = [
  ['opens its database to templates', 'alter database OWN is_template true', '42501'],
  ['lifts its connection limit', 'alter database OWN connection limit 1000', '42501'],
  ['renames its database', 'alter database OWN rename to mine', '42501'],
  ['takes its database over', 'alter database OWN owner to OWN', '42501'],
  ['keeps a setting in its database', `alter database OWN set statement_timeout = 0`, '42501'],
  ['drops a database', 'drop database THEIRS', '42501'],
  ['makes a database', 'create database another', '42501'],
  ['copies another database', 'create database another template THEIRS', '42501'],
  ['makes a role', 'create role helper', '42501'],
  ['makes itself superuser', 'alter role OWN superuser', '42501'],
  ['lets itself make roles', 'alter role OWN createrole', '42501'],
  ['sets another login’s password', `alter role THEIRS password 'mine'`, '42501'],
  ['becomes another tenant', 'set role THEIRS', '42501'],
  ['becomes another tenant inside DO', 'do $$ begin set role THEIRS; end $$', '42501'],
  ['becomes the superuser', 'set session authorization postgres', '42501'],
  ['becomes the operator', 'set role tenant_op', '42501'],
  ['reads passwords', 'select * from pg_authid', '42501'],
  ['reads what others run', 'select * from pg_stat_activity', '42501'],
  ['reads what others lock', 'select * from pg_locks', '42501'],
  [
    'takes an advisory lock, of which there is one pool for all',
    'select pg_advisory_lock(1)',
    '42501',
  ],
  [
    'writes WAL at no cost',
    `select pg_logical_emit_message(false, 'x', repeat('x', 1000))`,
    '42501',
  ],
  ['reads a file', `select pg_read_file('/etc/passwd')`, '42501'],
  ['runs a program', `do $$ begin execute 'copy (select 1) to program ''id'''; end $$`, '42501'],
  ['loads a library', `load 'plpgsql'`, '42501'],
  ['changes the server', `alter system set jit = on`, '42501'],
  [
    'writes a function in C',
    `create function f() returns int language c as 'libc', 'abort'`,
    '42501',
  ],
  [
    'writes an internal function',
    `create function f() returns int language internal as 'pg_backend_pid'`,
    '42501',
  ],
  ['installs a language that crashes the cluster', 'create extension pltcl', '0A000'],
  ['installs an untrusted extension', 'create extension adminpack', '0A000'],
  ['reaches out of its cluster', 'create extension dblink', '0A000'],
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
  ['logs more than it should', `set log_min_messages = debug5`, '42501'],
  ['lifts the limit on temporary files', `set temp_file_limit = -1`, '42501'],
  [
    'prepares a transaction that outlives it',
    `do $$ begin execute 'prepare transaction ''mine'''; end $$`,
    '0A000',
  ],
];

describe('A tenant with a key of role admin is refused when it', () => {
  it.each(REFUSED)('%s', async (_name, statement, sqlstate) => {
    const query = statement.replaceAll('OWN', own).replaceAll('THEIRS', theirs);
    const answer = await attacker.sql(query);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.error.sqlstate, answer.text).toBe(sqlstate);
  });

  it('ends a backend that is not its own', async () => {
    const admin = new Client({ connectionString: adminUrl });
    await admin.connect();
    const { rows } = await admin.query('select pg_backend_pid() as pid');
    for (const end of ['pg_terminate_backend', 'pg_cancel_backend']) {
      const { body } = await attacker.sql(`select ${end}(${rows[0].pid})`).expect(400);
      expect(body.error.sqlstate).toBe('42501');
    }
    await admin.end();
  });

  it('grants everybody entry to its database, and nobody has it afterwards', async () => {
    await attacker.sql(`grant connect on database ${own} to public`);
    const rows = await asSuperuser(
      adminUrl,
      `select 1 from pg_database, aclexplode(datacl) as acl where datname = $1 and acl.grantee = 0`,
      [own],
    );
    expect(rows).toEqual([]);
  });
});

describe('What a tenant’s own password opens', () => {
  it('is its database alone, over the wire too', async () => {
    // The password that the customer sets herself, to be able to try it from outside.
    await attacker.sql({
      queries: [{ query: 'set role none' }, { query: `alter role ${own} password 'known'` }],
    });
    for (const database of [theirs, 'postgres', 'template1', 'howdah_shared']) {
      const url = new URL(adminUrl);
      const client = new Client({
        host: url.hostname,
        port: Number(url.port),
        user: own,
        password: 'known',
        database,
      });
      await expect(client.connect(), database).rejects.toThrow(
        /no pg_hba|permission denied|pg_hba/,
      );
    }
  });
});

describe('What every database has', () => {
  it('is the same for one made cold, one in the pool and one of a customer', async () => {
    const stack = await startStack({
      adminUrl,
      name: 'cold',
      env: { provisioner: { WARM_POOL_SIZE: '0' } },
    });
    onTestFinished(() => stack.stop());
    const cold = await newDatabase(stack.gatewayUrl);
    const [spare] = await inControl<{ name: string }>(
      controlUrl,
      'select physical_name as name from spare_database where ready limit 1',
    );
    const rows = await asSuperuser<{ acl: string }>(
      adminUrl,
      `select regexp_replace(replace(datacl::text, datname, 'NAME'), 'o_f_[a-z2-7]{16}', 'OWNERS') as acl
       from pg_database where datname = any($1)`,
      [[await nameOf(cold, stack.controlUrl), spare!.name, theirs]],
    );
    const acl =
      '{tenant_op=CTc/tenant_op,OWNERS=CTc/tenant_op,' +
      'NAME_w=Tc/tenant_op,NAME=c/tenant_op,NAME_r=c/tenant_op}';
    expect(rows).toEqual([{ acl }, { acl }, { acl }]);
  });

  it('has no two-phase commit, whose transactions would outlive their limits', async () => {
    const [setting] = await asSuperuser(adminUrl, 'show max_prepared_transactions');
    expect(setting).toEqual({ max_prepared_transactions: '0' });
  });

  it('is owned by the operator, not by the tenant', async () => {
    const owners = await asSuperuser(
      adminUrl,
      `select distinct pg_get_userbyid(datdba) as owner from pg_database where datname ~ '^d_'`,
    );
    expect(owners).toEqual([{ owner: 'tenant_op' }]);
  });

  it('still works as Postgres does: extensions, JSON, NOTIFY, information_schema', async () => {
    await victim.rows('create extension pgcrypto');
    await victim.rows(`select count(*) from information_schema.tables`);
    await victim.sql(`notify news, 'hello'`).expect(200);
    const rows = await victim.rows(`select jsonb_path_query('{"a": 1}', '$.a') as a`);
    expect(rows).toEqual([{ a: 1 }]);
  });

  it('is left as it was by all of this', async () => {
    expect(await victim.rows('select n from secrets')).toEqual([{ n: 42 }]);
    const [row] = await asSuperuser<{ n: number }>(
      adminUrl,
      `select count(*)::int as n from pg_roles where rolsuper and rolname <> 'postgres'`,
    );
    expect(row!.n).toBe(0);
  });
});
