import { REAPER_ROLE } from '@howdah/kernel';
import { grantMembership } from './tenant/membership';
import { OPERATOR_ROLE } from './tenant/role-names';
import {
  databaseIdentifier,
  identifier,
  literal,
  roleIdentifier,
  rolesOf,
  type TenantNames,
} from './tenant/tenant';
import { OWNERS_FUNCTIONS } from './template/template-revokes';
import { plainTemplateSql, templateSql } from './template/template-sql';

/**
 * What differs by who the admin of a cluster is, as SQL: a superuser, or on a managed service a
 * role that may make databases and roles. Chosen once a cluster, so that nothing else asks.
 */
export interface AdminRights {
  readonly superuser: boolean;
  /** What closes the databases that come with Postgres, each run in one of them. */
  readonly closeOwnDatabases: readonly { database: string; sql: string }[];
  /** What is done to a copy of template0 to make it the template. */
  readonly templateSql: string;
  /** Where the admin sees of roles what it may; their passwords too, if it may. */
  readonly roleCatalog: 'pg_authid' | 'pg_roles';
  /** A condition on `pg_stat_activity a`: sessions that the admin may end. */
  readonly mayEnd: string;
  /** Lets the admin act as the operator, and the reaper see and end sessions as far as possible. */
  clusterRoles(reaperRights: readonly string[], serverMajor: number): string;
  /** Lets the admin, and the reaper, do what they have to do with a tenant's roles. */
  tenantRoles(tenant: TenantNames, serverMajor: number): string;
  /** Settings of a login that its tenant cannot change. */
  loginSettings(login: string): string;
  /** Settings of a database for who works in it without a login: autovacuum, as the superuser. */
  databaseSettings(name: string): string;
  /** Gives owners back what the template took from everybody. */
  ownersFunctions(owners: string): string;
}

export const SUPERUSER_RIGHTS: AdminRights = {
  superuser: true,
  closeOwnDatabases: ['postgres', 'template1'].map((database) => ({
    database,
    sql: `REVOKE ALL ON DATABASE ${database} FROM PUBLIC; REVOKE CREATE ON SCHEMA public FROM PUBLIC;`,
  })),
  templateSql: templateSql(),
  roleCatalog: 'pg_authid',
  mayEnd: 'true',
  clusterRoles: (reaperRights) => `GRANT ${reaperRights.join(', ')} TO ${identifier(REAPER_ROLE)};`,
  tenantRoles: () => '',
  // A tenant's log flood wrote 350 MB/s, its sorts filled the disk. Any error becomes a FATAL by
  // `exit_on_error`, which everybody may set, so that only what ends the server is logged.
  loginSettings: (login) => `
    ALTER ROLE ${roleIdentifier(login)} SET log_min_messages = panic;
    ALTER ROLE ${roleIdentifier(login)} SET temp_file_limit = '100MB';`,
  // ANALYZE runs the expressions of a tenant's indexes: what they RAISE wrote 240 MB/s to the log.
  databaseSettings: (name) => `${readOnlyByDefault(name)}
    ALTER DATABASE ${databaseIdentifier(name)} SET log_min_messages = panic;`,
  ownersFunctions: (owners) =>
    `GRANT EXECUTE ON FUNCTION ${OWNERS_FUNCTIONS.join(', ')} TO ${roleIdentifier(owners)};`,
};

/** CREATEDB and CREATEROLE. What it has made it may change only as a member of it. */
export const CREATOR_RIGHTS: AdminRights = {
  superuser: false,
  closeOwnDatabases: [],
  templateSql: `SET ROLE ${identifier(OPERATOR_ROLE)}; ${plainTemplateSql()}`,
  roleCatalog: 'pg_roles',
  mayEnd: `a.usesysid IS NOT NULL AND pg_has_role(a.usesysid, 'USAGE')`,
  clusterRoles: (reaperRights, serverMajor) =>
    [
      grantMembership(OPERATOR_ROLE, 'CURRENT_USER', 'INHERIT TRUE, SET TRUE', serverMajor),
      ...reaperRights.map(grantIfAllowed),
    ].join('\n'),
  tenantRoles: (tenant, serverMajor) => {
    const { owners, writers, readers, admin, write, read } = rolesOf(tenant);
    const logins = [admin, write, read];
    return [
      ...[owners, writers, readers, ...logins].map((role) =>
        grantMembership(role, 'CURRENT_USER', 'INHERIT TRUE, SET TRUE', serverMajor),
      ),
      // The right to end any session may be nobody's to give; a member may end those of its role.
      ...logins.map((login) =>
        grantMembership(login, identifier(REAPER_ROLE), 'INHERIT TRUE, SET FALSE', serverMajor),
      ),
    ].join('\n');
  },
  loginSettings: () => '',
  databaseSettings: readOnlyByDefault,
  ownersFunctions: () => '',
};

/**
 * What those expressions write while autovacuum looks would be past every quota, and go on in a
 * database that is suspended. Sessions that may write say so when they begin.
 */
function readOnlyByDefault(name: string): string {
  return `ALTER DATABASE ${databaseIdentifier(name)} SET default_transaction_read_only = on;`;
}

function grantIfAllowed(right: string): string {
  return `DO $right$ BEGIN
    EXECUTE format('GRANT %I TO %I', ${literal(right)}, ${literal(REAPER_ROLE)});
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END $right$;`;
}
