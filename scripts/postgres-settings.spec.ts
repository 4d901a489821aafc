import { describe, expect, it } from 'vitest';
import { isAllowedExtensionFile, PG_HBA_CONF, postgresqlConf } from './postgres-settings.mjs';

describe('postgresql.conf', () => {
  it('quotes values and lets overrides win', () => {
    const conf = postgresqlConf({ jit: 'on', extension_control_path: "/it's here" });
    expect(conf).toContain("jit = 'on'\n");
    expect(conf).not.toContain("jit = 'off'");
    expect(conf).toContain("extension_control_path = '/it''s here'\n");
  });
});

describe('pg_hba.conf', () => {
  it('refuses whatever no line before the last one allows', () => {
    const lines = PG_HBA_CONF.trim().split('\n');
    expect(lines.at(-1)).toMatch(/^host all +all +0\.0\.0\.0\/0 +reject$/);
    expect(PG_HBA_CONF).not.toMatch(/trust|\blocal\b/);
  });
});

describe('the extensions on offer', () => {
  it.each(['pgcrypto.control', 'uuid-ossp--1.1.sql', 'hstore--1.7--1.8.sql'])('hold %s', (file) => {
    expect(isAllowedExtensionFile(file)).toBe(true);
  });

  it.each(['pltcl.control', 'plperl--1.0.sql', 'hstore_plperl--1.0.sql', 'dblink.control'])(
    'do not hold %s',
    (file) => {
      expect(isAllowedExtensionFile(file)).toBe(false);
    },
  );
});
