import { REAPER_ROLE } from '@howdah/kernel';
import type { AdminRights } from '../admin-rights';
import { grantMembership } from './membership';
import { CLIENTS_ROLE, HALF_DROPPED, OPERATOR_ROLE } from './role-names';
import {
  assertConnections,
  databaseIdentifier,
  identifier,
  literal,
  roleIdentifier,
  rolesOf,
  type TenantNames,
} from './tenant';

/**
 * The roles of one tenant, its logins not yet open.
 *
 * `admin` may become its owners but has nothing of theirs by itself: its sessions start in the
 * group (`-c role=`), so all they make is the family's, and after SET ROLE NONE there is only
 * CONNECT left. A login that owns nothing can be dropped. `write` and `read` inherit their groups,
 * which may create nothing at all.
 */
export function createRolesSql(
  tenant: TenantNames,
  { major, rights }: { major: number; rights: AdminRights },
): string {
  const roles = rolesOf(tenant);
  const grant = (group: string, member: string, options: string) =>
    grantMembership(group, roleIdentifier(member), options, major);
  return [
    ...[roles.owners, roles.writers, roles.readers].map((group) => createRole(group, 'NOLOGIN')),
    createRole(roles.admin, 'NOLOGIN NOINHERIT'),
    createRole(roles.write, 'NOLOGIN INHERIT'),
    createRole(roles.read, 'NOLOGIN INHERIT'),
    grant(roles.owners, roles.admin, 'INHERIT FALSE, SET TRUE'),
    grant(roles.writers, roles.write, 'INHERIT TRUE, SET FALSE'),
    grant(roles.readers, roles.read, 'INHERIT TRUE, SET FALSE'),
    grant(CLIENTS_ROLE, roles.write, 'INHERIT FALSE, SET FALSE'),
    grant(CLIENTS_ROLE, roles.read, 'INHERIT FALSE, SET FALSE'),
    rights.tenantRoles(tenant, major),
  ].join('\n');
}

/** Attributes are all spelled out: what a role must never be is not left to defaults. */
function createRole(role: string, attributes: string): string {
  const name = identifier(role);
  return `DO $role$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(role)}) THEN
      CREATE ROLE ${name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS ${attributes};
    END IF;
  END $role$;`;
}

/**
 * Who may come in. CONNECT goes to the logins by name and never to a group that a login inherits:
 * groups belong to the family, and a fork's key must not open the database it was forked from.
 * `owners` has CONNECT too, inherited by nobody, since pg_database_size() asks for it.
 *
 * A new database lets nobody in until this has run (`CONNECTION LIMIT 0`), as the privileges of a
 * database are not copied from its template: a new one is open to PUBLIC.
 */
export function grantDatabaseSql(tenant: TenantNames): string {
  const roles = rolesOf(tenant);
  const database = databaseIdentifier(tenant.name);
  return `
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${database} TO ${roleIdentifier(roles.owners)};
    GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${roleIdentifier(roles.write)};
    GRANT CONNECT ON DATABASE ${database} TO ${roleIdentifier(roles.admin)}, ${roleIdentifier(roles.read)};
    ALTER DATABASE ${database} CONNECTION LIMIT -1;`;
}

/**
 * A login as it should be, whatever its tenant has set on it since: everybody may ALTER their own
 * role's settings and password, the settings for any database of the cluster.
 */
export function loginSql(login: string, attributes: string, rights: AdminRights): string {
  const name = roleIdentifier(login);
  return `
    ${resetInDatabasesSql(login)}
    ALTER ROLE ${name} RESET ALL;
    ${rights.loginSettings(login)}
    ALTER ROLE ${name} ${attributes};`;
}

/** A database that is dropped meanwhile takes what was set for it along. */
function resetInDatabasesSql(login: string): string {
  const name = roleIdentifier(login);
  return `DO $reset$ DECLARE named text;
    BEGIN
      FOR named IN
        SELECT d.datname FROM pg_db_role_setting s
          JOIN pg_roles r ON r.oid = s.setrole JOIN pg_database d ON d.oid = s.setdatabase
        WHERE r.rolname = ${literal(login)}
      LOOP
        BEGIN
          EXECUTE format('ALTER ROLE ${name} IN DATABASE %I RESET ALL', named);
        EXCEPTION WHEN invalid_catalog_name OR undefined_object THEN NULL;
        END;
      END LOOP;
    END $reset$;`;
}

export function loginAttributes(connectionsMax: number, verifier: string): string {
  assertConnections(connectionsMax);
  return `LOGIN CONNECTION LIMIT ${connectionsMax} PASSWORD ${literal(verifier)}`;
}

/**
 * Nobody comes in any more; those inside stay until they are ended. For what is there only: a
 * database whose DROP was cut short admits nobody and cannot be altered.
 */
export function closeDatabaseSql(database: string): string {
  return alterWhole(database, 'ALLOW_CONNECTIONS false');
}

/** Nobody but a superuser comes in, or everybody who may. */
export function openDatabaseSql(database: string, open: boolean): string {
  return alterWhole(database, `CONNECTION LIMIT ${open ? -1 : 0}`);
}

function alterWhole(database: string, option: string): string {
  const whole = `datname = ${literal(database)} AND datconnlimit <> ${HALF_DROPPED}`;
  return `DO $alter$ BEGIN
      IF EXISTS (SELECT FROM pg_database WHERE ${whole}) THEN
        ALTER DATABASE ${databaseIdentifier(database)} ${option};
      END IF;
    END $alter$;`;
}

/** Those of the logins that are there let nobody in any more; the database stays open to others. */
export function closeLoginsSql(logins: readonly string[]): string {
  const roles = logins.map(
    (login) =>
      `IF EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(login)}) THEN
        ALTER ROLE ${roleIdentifier(login)} NOLOGIN;
      END IF;`,
  );
  return `DO $close$ BEGIN ${roles.join('\n')} END $close$;`;
}

/** What the reaper needs: to see all sessions, to end them, to come in when tenants hold all others. */
export function reaperRights(serverMajor: number): string[] {
  const rights = ['pg_signal_backend', 'pg_read_all_stats'];
  if (serverMajor >= 16) rights.push('pg_use_reserved_connections');
  if (serverMajor >= 18) rights.push('pg_signal_autovacuum_worker');
  return rights;
}

/**
 * The roles a cluster has once. The reaper sees all sessions and may end those of tenants, not a
 * superuser's, and has connections set aside for when tenants hold all others.
 */
export function clusterRolesSql(
  { major, rights }: { major: number; rights: AdminRights },
  reaperVerifier: string,
): string {
  const reaper = identifier(REAPER_ROLE);
  return [
    createRole(OPERATOR_ROLE, 'NOLOGIN'),
    createRole(CLIENTS_ROLE, 'NOLOGIN'),
    createRole(REAPER_ROLE, 'NOLOGIN'),
    rights.clusterRoles(reaperRights(major), major),
    `GRANT CONNECT ON DATABASE postgres TO ${reaper};`,
    `ALTER ROLE ${reaper} LOGIN PASSWORD ${literal(reaperVerifier)};`,
  ].join('\n');
}
