import { createHmac, randomBytes } from 'node:crypto';

/**
 * The Postgres roles of one customer database. The three logins exist once a database; the three
 * groups once a family (a database and all its forks), so that a fork's copied grants stay true.
 */
export interface TenantRoles {
  /** Login of `admin` keys, named as its database so that `sameuser` in pg_hba.conf holds it there. */
  admin: string;
  /** Login of `write` keys: rows, never the schema. */
  write: string;
  /** Login of `read` keys. */
  read: string;
  /** Group that owns every object of the family; sessions of `admin` start in it. */
  owners: string;
  writers: string;
  readers: string;
}

export function tenantRoles(database: string, family: string): TenantRoles {
  return {
    admin: database,
    write: `${database}_w`,
    read: `${database}_r`,
    owners: `o_${family}`,
    writers: `o_${family}_w`,
    readers: `o_${family}_r`,
  };
}

/** A name that tells nothing: every tenant of a cluster can list the databases and roles of all. */
export function randomName(prefix: 'd' | 'f'): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return `${prefix}_${Array.from(randomBytes(16), (byte) => alphabet[byte % 32]).join('')}`;
}

/** Each cluster has a secret of its own, so that one that leaks opens no other. */
export function clusterSecret(rootSecret: string, clusterId: string): string {
  return createHmac('sha256', rootSecret).update(`cluster:${clusterId}`).digest('base64url');
}

/** A login's password follows from its name, so none is stored anywhere. */
export function rolePassword(secret: string, role: string): string {
  return createHmac('sha256', secret).update(`role:${role}`).digest('base64url');
}

/** The login that may end tenants' backends and do nothing else; one a cluster. */
export const REAPER_ROLE = 'howdah_reaper';
