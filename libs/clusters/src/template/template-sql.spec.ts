import { describe, expect, it } from 'vitest';
import { plainTemplateSql, templateName, templateSql } from './template-sql';

describe('template', () => {
  it('is named by what makes it', () => {
    const name = templateName(18, templateSql());
    expect(name).toMatch(/^tmpl_[0-9a-f]{8}$/);
    expect(name).not.toBe(templateName(17, templateSql()));
    expect(name).not.toBe(templateName(18, plainTemplateSql()));
    expect(name).toBe(templateName(18, templateSql()));
  });

  it('takes the names of trusted languages and the revoked views', () => {
    expect(templateSql()).toContain('CREATE LANGUAGE "pltcl" HANDLER');
    expect(templateSql()).toContain('REVOKE ALL ON pg_catalog."pg_stat_activity" FROM PUBLIC;');
  });
});
