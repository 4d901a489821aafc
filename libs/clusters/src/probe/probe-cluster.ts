import { REAPER_ROLE } from '@howdah/kernel';
import type { ClusterContext } from '../cluster-context';
import { sqlState } from '../session/cluster-error';
import { reaperRights } from '../tenant/role-sql';
import { TENANT_DATABASES } from '../tenant/tenant';
import { ALLOWED_EXTENSIONS } from './allowed-extensions';
import { type ClusterTier, judge, type ProbeRows } from './judge';
import type { HbaRule } from './judge-hba';
import { WANTED_SETTINGS } from './wanted-settings';

export interface ClusterFacts {
  /** Major version of the server. */
  version: number;
  /** Whether the admin may do all that isolation needs. */
  superuser: boolean;
  /** Whether the admin may at least make databases and roles. */
  creator: boolean;
  /** Databases that are not ours and let any tenant connect as far as grants go. */
  openToPublic: string[];
  tier: ClusterTier;
  /** Sentences for the operator's log: what is missing, and what is wanted. */
  findings: string[];
}

type CatalogRows = Omit<ProbeRows, 'hba' | 'processLimits'> & {
  creator: boolean;
  openToPublic: string[];
};

/** What everybody may read. A template that is being made admits nobody (`datconnlimit`). */
const CATALOG_QUERY = `
  SELECT $1::int AS version, r.rolsuper AS superuser,
    r.rolsuper OR r.rolcreatedb AND r.rolcreaterole AS creator,
    (SELECT json_object_agg(name, setting) FROM pg_settings WHERE name = ANY ($2)) AS settings,
    ARRAY(
      SELECT DISTINCT name::text FROM pg_available_extension_versions
      WHERE trusted AND name <> ALL ($3) ORDER BY 1) AS "otherExtensions",
    ARRAY(
      SELECT datname::text FROM pg_database d,
        aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl
      WHERE acl.grantee = 0 AND acl.privilege_type = 'CONNECT' AND d.datallowconn
        AND d.datconnlimit <> 0 AND d.datname !~ $4 ORDER BY 1) AS "openToPublic",
    ARRAY(
      SELECT wanted.name FROM unnest($5::text[]) wanted (name)
      WHERE NOT EXISTS (
        SELECT FROM pg_auth_members m
          JOIN pg_roles granted ON granted.oid = m.roleid AND granted.rolname = wanted.name
          JOIN pg_roles reaper ON reaper.oid = m.member AND reaper.rolname = $6)) AS "reaperLacks"
  FROM pg_roles r WHERE r.rolname = current_user`;

/** What only a superuser may read. The file of limits is not there outside Linux. */
const FILES_QUERY = `
  SELECT (SELECT json_agg(rule) FROM pg_hba_file_rules rule) AS hba,
    pg_read_file('/proc/self/limits', 0, 8192, true) AS limits`;

/** What a cluster is, and what it can promise; changes nothing. */
export async function probeCluster(cluster: ClusterContext): Promise<ClusterFacts> {
  const { major, rights } = await cluster.traits();
  const [row] = await cluster.admin.home<CatalogRows>(CATALOG_QUERY, [
    major,
    WANTED_SETTINGS.map(({ name }) => name),
    ALLOWED_EXTENSIONS,
    TENANT_DATABASES,
    reaperRights(major),
    REAPER_ROLE,
  ]);
  const files = rights.superuser ? await readFiles(cluster) : UNREAD;
  const { version, superuser, creator, openToPublic } = row!;
  return { version, superuser, creator, openToPublic, ...judge({ ...row!, ...files }) };
}

const UNREAD: Pick<ProbeRows, 'hba' | 'processLimits'> = { hba: null, processLimits: null };

async function readFiles({ admin }: ClusterContext): Promise<typeof UNREAD> {
  try {
    const [row] = await admin.home<{ hba: HbaRule[] | null; limits: string | null }>(FILES_QUERY);
    return { hba: row?.hba ?? null, processLimits: row?.limits ?? null };
  } catch (error) {
    // Not to be read is a finding; a cluster that is away is not.
    if (sqlState(error) === undefined) throw error;
    return UNREAD;
  }
}
