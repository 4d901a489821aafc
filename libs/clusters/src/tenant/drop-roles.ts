import { AppError } from '@howdah/kernel';
import type { AdminConnection, SessionLimits } from '../session/admin-connection';
import { sqlState } from '../session/cluster-error';
import { lockFamily } from './family-lock';
import { HALF_DROPPED } from './role-names';
import {
  literal,
  loginsOf,
  roleIdentifier,
  rolesOf,
  TENANT_ROLES,
  type TenantNames,
} from './tenant';

const DEPENDENT_OBJECTS = '2BP01';
/** In one database, in which its tenant may have made it long. */
const RELEASE_LIMITS: SessionLimits = { statementTimeoutMs: 5_000, lockTimeoutMs: 1_000 };

/**
 * Drops a tenant's three logins; its database is gone by now. Returns those that had to stay.
 *
 * Anybody on a cluster may GRANT something of theirs to a role of somebody else, and so pin it: a
 * role that is named in any database's privileges cannot be dropped. A fork may also hold what its
 * source's login came to own. Both are undone in the databases concerned, and the drop tried again.
 */
export async function dropLogins(admin: AdminConnection, tenant: TenantNames): Promise<string[]> {
  const { owners } = rolesOf(tenant);
  const left = [];
  for (const login of loginsOf(tenant)) {
    const drop = () =>
      admin.home(`${lockFamily(tenant.family)} DROP ROLE IF EXISTS ${roleIdentifier(login)};`);
    if (await stays(drop)) {
      await release(admin, login, owners);
      if (await stays(drop)) left.push(login);
    }
  }
  return left;
}

/**
 * Drops the groups of a family that has no login left. One that still owns something, in a
 * snapshot for instance, keeps all three; those are returned.
 */
export async function dropGroups(admin: AdminConnection, tenant: TenantNames): Promise<string[]> {
  const roles = rolesOf(tenant);
  const groups = [roles.owners, roles.writers, roles.readers];
  const drop = () =>
    admin.home(`
      ${lockFamily(tenant.family)}
      DO $groups$ BEGIN
        IF NOT EXISTS (
          SELECT FROM pg_auth_members m
            JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles member ON member.oid = m.member
          WHERE r.rolname IN (${groups.map(literal).join(', ')})
            AND member.rolname ~ ${literal(TENANT_ROLES)}
        ) THEN
          DROP ROLE IF EXISTS ${groups.map(roleIdentifier).join(', ')};
        END IF;
      END $groups$;`);
  if (!(await stays(drop))) return [];
  if (await ownsAnything(admin, groups)) return groups;
  for (const group of groups) await release(admin, group, null);
  return (await stays(drop)) ? groups : [];
}

/** Whether other objects kept a role from being dropped. */
async function stays(drop: () => Promise<unknown>): Promise<boolean> {
  try {
    await drop();
    return false;
  } catch (error) {
    if (sqlState(error) === DEPENDENT_OBJECTS) return true;
    throw error;
  }
}

async function ownsAnything(admin: AdminConnection, roles: readonly string[]): Promise<boolean> {
  const owned = await admin.home(
    `SELECT FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
     WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND r.rolname = ANY ($1)
     LIMIT 1`,
    [roles],
  );
  return owned.length > 0;
}

/**
 * Takes a role out of every database that names it. What it owns goes to `heir` first, for DROP
 * OWNED drops what is owned; without an heir the role must own nothing. None of the statements runs
 * code of the database's tenant. A database that admits nobody, a snapshot, is left as it is.
 *
 * Some other tenant can have made this long, or impossible, so each database has its time and keeps
 * no other from its turn: a role that stays is tried again another day.
 */
async function release(admin: AdminConnection, role: string, heir: string | null): Promise<void> {
  const databases = await admin.home<{ datname: string }>(
    `SELECT DISTINCT d.datname FROM pg_shdepend s
       JOIN pg_roles r ON r.oid = s.refobjid
       JOIN pg_database d ON d.oid = s.dbid
     WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = $1
       AND d.datallowconn AND d.datconnlimit <> $2`,
    [role, HALF_DROPPED],
  );
  const reassign = heir
    ? `REASSIGN OWNED BY ${roleIdentifier(role)} TO ${roleIdentifier(heir)};`
    : '';
  const sql = `${revokeOnRelations(role)} ${reassign} DROP OWNED BY ${roleIdentifier(role)};`;
  for (const { datname } of databases) {
    await admin.inDatabase(datname, sql, RELEASE_LIMITS).catch((error: unknown) => {
      if (sqlState(error) === undefined && !(error instanceof AppError)) throw error;
    });
  }
}

/**
 * DROP OWNED revokes once for each column that names the role, and looks at all columns each time:
 * six GRANTs of a neighbour kept it busy for minutes. A REVOKE for each relation takes them all; as
 * who granted, since one who may grant on is not undone by the owner.
 */
function revokeOnRelations(role: string): string {
  return `DO $revoke$
    DECLARE target oid := ${literal(role)}::regrole; relations oid[]; grants text[]; statement text;
    BEGIN
      SELECT array_agg(DISTINCT objid) INTO relations FROM pg_shdepend
        WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_authid'::regclass
          AND refobjid = target AND deptype = 'a'
          AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database());
      SELECT array_agg(DISTINCT format('SET LOCAL ROLE %s; REVOKE ALL ON TABLE %s FROM %I CASCADE',
          grantor::regrole, relation::regclass, ${literal(role)})) INTO grants
        FROM (SELECT c.oid, acl.grantor, acl.grantee FROM pg_class c, aclexplode(c.relacl) acl
                WHERE c.oid = ANY (relations)
              UNION ALL
              SELECT a.attrelid, acl.grantor, acl.grantee FROM pg_attribute a, aclexplode(a.attacl) acl
                WHERE a.attrelid = ANY (relations)) AS given (relation, grantor, grantee)
        WHERE grantee = target;
      FOREACH statement IN ARRAY coalesce(grants, '{}') LOOP
        EXECUTE statement;
        SET LOCAL ROLE NONE;
      END LOOP;
    END $revoke$;`;
}
