import { randomName } from '@howdah/kernel';
import { describe, expect, it } from 'vitest';
import { CREATOR_RIGHTS, SUPERUSER_RIGHTS } from '../admin-rights';
import { createRolesSql, grantDatabaseSql, loginAttributes, loginSql } from './role-sql';

const tenant = { name: randomName('d'), family: randomName('f') };
const rights = SUPERUSER_RIGHTS;

describe('roles', () => {
  it('says of each membership what it gives, where Postgres can', () => {
    expect(createRolesSql(tenant, { major: 16, rights })).toContain(
      `GRANT "o_${tenant.family}" TO "${tenant.name}" WITH INHERIT FALSE, SET TRUE;`,
    );
    const before = createRolesSql(tenant, { major: 15, rights });
    expect(before).toContain(`GRANT "o_${tenant.family}" TO "${tenant.name}";`);
    expect(before).not.toContain('WITH');
  });

  it.each([SUPERUSER_RIGHTS, CREATOR_RIGHTS])('opens no login before the last step', (rights) => {
    expect(createRolesSql(tenant, { major: 18, rights })).not.toMatch(/\bLOGIN\b/);
  });

  it('gives no group of a family CONNECT that a login would inherit', () => {
    expect(grantDatabaseSql(tenant)).not.toMatch(/o_f_[a-z2-7]{16}_[wr]/);
  });

  it('never sends a password that is not a verifier in quotes', () => {
    expect(loginAttributes(3, 'SCRAM-SHA-256$x')).toBe(
      "LOGIN CONNECTION LIMIT 3 PASSWORD 'SCRAM-SHA-256$x'",
    );
    expect(() => loginAttributes(3, "'; DROP ROLE postgres; --\\")).toThrow();
  });

  it('makes the admin a member of what it has made, unless it is a superuser', () => {
    expect(createRolesSql(tenant, { major: 18, rights: CREATOR_RIGHTS })).toContain(
      `GRANT "o_${tenant.family}" TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;`,
    );
    expect(createRolesSql(tenant, { major: 18, rights })).not.toContain('CURRENT_USER');
  });

  it('sets what only a superuser may set as a superuser alone', () => {
    const sql = (rights: typeof SUPERUSER_RIGHTS) => loginSql(tenant.name, '', rights);
    expect(sql(SUPERUSER_RIGHTS)).toContain('SET temp_file_limit');
    expect(sql(CREATOR_RIGHTS)).not.toMatch(/\bSET\b/);
  });
});
