import type { TenantNames } from '@howdah/clusters';
import { asSuperuser } from './cluster-objects';

const CLOSEDNESS = `
  select d.datdba::regrole::text as owner, d.datallowconn as admits, d.datconnlimit as connections,
    d.datistemplate as template,
    array(select a.privilege_type || ' to ' || case a.grantee when 0 then 'public' else a.grantee::regrole::text end
      from aclexplode(d.datacl) a order by 1) as privileges,
    array(select concat_ws(' ', setrole::regrole, case setdatabase when 0 then '' else 'here' end, setconfig::text)
      from pg_db_role_setting where setrole in (select oid from pg_roles where starts_with(rolname, d.datname))
        or setdatabase = d.oid order by 1) as settings,
    array(select concat_ws(' ', rolname, rolcanlogin, rolinherit, rolconnlimit, rolsuper, rolcreatedb, rolcreaterole,
        (select array_agg(roleid::regrole::text order by 1) from pg_auth_members where member = r.oid))
      from pg_roles r where starts_with(rolname, d.datname) order by 1) as logins,
    array(select concat_ws(' ', nspname, nspowner::regrole, nspacl::text) from pg_namespace
      where nspname in ('public', 'howdah') order by 1) as schemas,
    array(select concat_ws(' ', relname, relowner::regrole, relacl::text) from pg_class
      where relnamespace = 'howdah'::regnamespace order by 1) as requests,
    array(select concat_ws(' ', defaclrole::regrole, defaclobjtype, defaclacl::text) from pg_default_acl
      order by 1) as defaults,
    array(select concat_ws(' ', oid::regprocedure, proacl::text) from pg_proc
      where proacl is not null and oid < 16384 order by 1) as functions,
    array(select concat_ws(' ', oid::regclass, relacl::text) from pg_class
      where relacl is not null and oid < 16384 order by 1) as views,
    (select count(*)::int from pg_opclass) as opclasses
  from pg_database d where d.datname = current_database()`;

/** What is said of a database from outside and of its own schemas, with its names left out. */
export async function closednessOf(
  adminUrl: string,
  { name, family }: TenantNames,
): Promise<unknown> {
  const [found] = await asSuperuser(adminUrl, CLOSEDNESS, [], name);
  const text = JSON.stringify(found);
  return JSON.parse(text.replaceAll(name, 'NAME').replaceAll(family, 'FAMILY'));
}
