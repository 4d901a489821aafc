import { randomName } from '@howdah/kernel';
import { describe, expect, it } from 'vitest';
import { createRolesSql, grantDatabaseSql, loginAttributes } from './role-sql';
import { templateName, templateSql } from './template-sql';

const tenant = { name: randomName('d'), family: randomName('f'), connectionsMax: 10 };

describe('roles', () => {
  it('says of each membership what it gives, where Postgres can', () => {
    expect(createRolesSql(tenant, 16)).toContain(
      `GRANT "o_${tenant.family}" TO "${tenant.name}" WITH INHERIT FALSE, SET TRUE;`,
    );
    expect(createRolesSql(tenant, 15)).toContain(`GRANT "o_${tenant.family}" TO "${tenant.name}";`);
    expect(createRolesSql(tenant, 15)).not.toContain('WITH');
  });

  it('opens no login before the last step', () => {
    expect(createRolesSql(tenant, 18)).not.toMatch(/\bLOGIN\b/);
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
});

describe('template', () => {
  it('is named by what makes it', () => {
    expect(templateName(18)).toMatch(/^tmpl_[0-9a-f]{8}$/);
    expect(templateName(18)).not.toBe(templateName(17));
    expect(templateName(18)).toBe(templateName(18));
  });

  it('takes the names of trusted languages and the revoked views', () => {
    expect(templateSql()).toContain('CREATE LANGUAGE "pltcl" HANDLER');
    expect(templateSql()).toContain('REVOKE ALL ON pg_catalog."pg_stat_activity" FROM PUBLIC;');
  });
});
