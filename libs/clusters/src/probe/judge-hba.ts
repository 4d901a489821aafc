import { REAPER_ROLE } from '@howdah/kernel';
import { CLIENTS_ROLE } from '../tenant/role-names';
import { TENANT_ROLES } from '../tenant/tenant';

/** A line of pg_hba.conf, of `pg_hba_file_rules`; its lists are null where the line cannot be read. */
export interface HbaRule {
  line_number: number;
  type: string | null;
  database: string[] | null;
  user_name: string[] | null;
  auth_method: string | null;
  error: string | null;
}

const TENANT_ROLE = new RegExp(TENANT_ROLES);
const PASSWORDLESS = 'trust';
const PASSWORD_METHOD = 'scram-sha-256';

/**
 * Whether pg_hba.conf holds tenants' logins to their own databases, a sentence for each line that
 * does not. Each line is judged as if none stood before it: an order that saves a bad line is one
 * edit away from not saving it. What `reject` takes away is not counted for anybody.
 */
export function judgeHba(rules: readonly HbaRule[] | null): string[] {
  if (!rules || rules.length === 0) {
    return [
      'pg_hba.conf cannot be read; wanted is pg_hba_file_rules, so that its lines can be judged.',
    ];
  }
  return rules.map(judgeRule).filter((finding) => finding !== null);
}

function judgeRule(rule: HbaRule): string | null {
  const at = `pg_hba.conf, line ${rule.line_number}`;
  const { database, user_name: users, auth_method: method } = rule;
  if (rule.error !== null || !database || !users || !method) {
    return `${at}: cannot be read (${rule.error ?? 'incomplete'}).`;
  }
  if (method === 'reject') return null;
  if (method === PASSWORDLESS) return `${at}: lets ${users.join(', ')} in without a password.`;
  if (database.every((name) => name === 'replication')) return null;
  if (!users.some(reachesTenants)) return null;
  if (method !== PASSWORD_METHOD) {
    return `${at}: lets tenants in by ${method}; wanted is ${PASSWORD_METHOD}.`;
  }
  if (database.every((name) => name === 'sameuser')) return null;
  // Write and read logins are not named as their database; CONNECT grants hold them.
  if (users.every((user) => user === `+${CLIENTS_ROLE}` || !reachesTenants(user))) return null;
  return (
    `${at}: lets tenants' logins reach ${database.join(', ')}; wanted is sameuser for all, and ` +
    `names of their own for the admin and ${REAPER_ROLE}.`
  );
}

/** A group of the operator's reaches none: only those who may make roles put a tenant into one. */
function reachesTenants(user: string): boolean {
  const name = user.replace(/^\+/, '');
  return user === 'all' || user.startsWith('/') || name === CLIENTS_ROLE || TENANT_ROLE.test(name);
}
