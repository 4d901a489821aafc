import type { AdminConnection } from '../session/admin-connection';
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
 * OWNED drops what is owned; without an heir the role must own nothing. Neither statement runs
 * code of the database's tenant. A database that admits nobody, a snapshot, is left as it is.
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
  for (const { datname } of databases) {
    await admin.inDatabase(datname, `${reassign} DROP OWNED BY ${roleIdentifier(role)};`);
  }
}
