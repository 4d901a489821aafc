import type { AdminRights } from '../admin-rights';
import { REQUESTS_TABLE_SQL } from '../template/template-sql';
import { roleIdentifier, rolesOf, type TenantNames } from './tenant';

/**
 * Who may do what inside a customer database. Run there as the admin, with `pg_catalog` alone in
 * the search path: it touches catalogs and never a tenant's own objects, whose code would run.
 *
 * `public` and `howdah` come from the template; they are made again where a tenant dropped its own.
 */
export function prepareSchemaSql(tenant: TenantNames, rights: AdminRights): string {
  const roles = rolesOf(tenant);
  const owners = roleIdentifier(roles.owners);
  const writers = roleIdentifier(roles.writers);
  const readers = roleIdentifier(roles.readers);
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owners} GRANT`;
  const row = 'SELECT, INSERT, UPDATE, DELETE';
  return `
    CREATE SCHEMA IF NOT EXISTS public;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    ALTER SCHEMA public OWNER TO ${owners};
    GRANT USAGE ON SCHEMA public TO ${writers}, ${readers};
    ${REQUESTS_TABLE_SQL}
    ALTER SCHEMA howdah OWNER TO ${owners};
    ALTER TABLE howdah.requests OWNER TO ${owners};
    GRANT USAGE ON SCHEMA howdah TO ${writers};
    GRANT ${row} ON howdah.requests TO ${writers};
    ${defaults} USAGE ON SCHEMAS TO ${writers}, ${readers};
    ${defaults} SELECT ON TABLES TO ${readers};
    ${defaults} SELECT ON SEQUENCES TO ${readers};
    ${defaults} ${row} ON TABLES TO ${writers};
    ${defaults} USAGE, SELECT, UPDATE ON SEQUENCES TO ${writers};
    ${rights.ownersFunctions(roles.owners)}`;
}
