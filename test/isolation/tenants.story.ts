import { Client } from 'pg';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, inControl, newDatabase } from '../support/customer';

const { gatewayUrl, controlUrl } = inject('shared');
const adminUrl = inject('adminUrl');

let attacker: CustomerDatabase;
let victim: CustomerDatabase;
let own: string;
let theirs: string;

async function nameOf(db: CustomerDatabase): Promise<string> {
  const [row] = await inControl<{ name: string }>(
    controlUrl,
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

/** Statements with the names of the two databases for OWN and THEIRS. */
const REFUSED: [string, string][] = [
  ['opens its database to templates', 'alter database OWN is_template true'],
  ['lifts its connection limit', 'alter database OWN connection limit 1000'],
  ['renames its database', 'alter database OWN rename to mine'],
  ['takes its database over', 'alter database OWN owner to OWN'],
  ['keeps a setting in its database', `alter database OWN set statement_timeout = 0`],
  ['drops a database', 'drop database THEIRS'],
  ['makes a database', 'create database another'],
  ['copies another database', 'create database another template THEIRS'],
  ['makes a role', 'create role helper'],
  ['makes itself superuser', 'alter role OWN superuser'],
  ['lets itself make roles', 'alter role OWN createrole'],
  ['sets another login’s password', `alter role THEIRS password 'mine'`],
  ['becomes another tenant', 'set role THEIRS'],
  ['becomes another tenant inside DO', 'do $$ begin set role THEIRS; end $$'],
  ['becomes the superuser', 'set session authorization postgres'],
  ['becomes the operator', 'set role tenant_op'],
  ['reads passwords', 'select * from pg_authid'],
  ['reads what others run', 'select * from pg_stat_activity'],
  ['reads what others lock', 'select * from pg_locks'],
  ['takes an advisory lock, of which there is one pool for all', 'select pg_advisory_lock(1)'],
  ['writes WAL at no cost', `select pg_logical_emit_message(false, 'x', repeat('x', 1000))`],
  ['reads a file', `select pg_read_file('/etc/passwd')`],
  ['runs a program', `copy (select 1) to program 'id'`],
  ['loads a library', `load 'plpgsql'`],
  ['changes the server', `alter system set jit = on`],
  ['writes a function in C', `create function f() returns int language c as 'libc', 'abort'`],
  [
    'writes an internal function',
    `create function f() returns int language internal as 'pg_backend_pid'`,
  ],
  ['installs a language that crashes the cluster', 'create extension pltcl'],
  ['installs an untrusted extension', 'create extension adminpack'],
  ['reaches out of its cluster', 'create extension dblink'],
  ['makes an event trigger', 'create event trigger e on ddl_command_start execute function f()'],
  ['makes a replication slot', `select pg_create_logical_replication_slot('s', 'pgoutput')`],
  ['logs more than it should', `set log_min_messages = debug5`],
  ['lifts the limit on temporary files', `set temp_file_limit = -1`],
  ['prepares a transaction that outlives it', `prepare transaction 'mine'`],
];

describe('A tenant with a key of role admin is refused when it', () => {
  it.each(REFUSED)('%s', async (_name, statement) => {
    const query = statement.replaceAll('OWN', own).replaceAll('THEIRS', theirs);
    const answer = await attacker.sql(query);
    expect(answer.status, answer.text).toBe(400);
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
  it('is the same for one made cold and one from the pool', async () => {
    const acls = await asSuperuser<{ acl: string }>(
      adminUrl,
      `select distinct replace(replace(datacl::text, datname, 'NAME'), right(datname, 16), 'NAME') as acl,
              pg_get_userbyid(datdba) as owner
       from pg_database where datname ~ '^d_' and datallowconn`,
    );
    for (const { acl } of acls) expect(acl).not.toMatch(/[{,]=/);
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
