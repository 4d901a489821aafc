import { describe, expect, it } from 'vitest';
import { localeWords, PG_HBA_CONF, postgresqlConf } from './postgres-settings.mjs';

/** As the release notes tell, in the order of the file. */
const LATER_THAN_15 = [
  'reserved_connections',
  'autovacuum_worker_slots',
  'max_notify_queue_pages',
  'file_copy_method',
  'extension_control_path',
];

function settingNames(conf: string): string[] {
  return [...conf.matchAll(/^(\w+) = /gm)].map((match) => match[1]!);
}

describe('postgresql.conf', () => {
  it('quotes values and lets overrides win', () => {
    const conf = postgresqlConf(18, { jit: 'on', extension_control_path: "/it's here" });
    expect(conf).toContain("jit = 'on'\n");
    expect(conf).not.toContain("jit = 'off'");
    expect(conf).toContain("extension_control_path = '/it''s here'\n");
  });

  const overrides = { extension_control_path: '/there' };

  // What a version does not know keeps it from starting; what it knows and lacks is a limit missing.
  it.each([
    [15, 'none of them'],
    [16, 'reserved_connections'],
    [17, 'reserved_connections max_notify_queue_pages'],
  ])('of %i has, of what came later than 15, %s', (major, wanted) => {
    const names = settingNames(postgresqlConf(major, overrides));
    expect(names.filter((name) => LATER_THAN_15.includes(name))).toEqual(
      LATER_THAN_15.filter((name) => wanted.split(' ').includes(name)),
    );
  });

  it.each([15, 16, 17])('of %i is otherwise that of 18', (major) => {
    const lasting = (names: string[]) => names.filter((name) => !LATER_THAN_15.includes(name));
    const names = lasting(settingNames(postgresqlConf(major, overrides)));
    expect(names).toEqual(lasting(settingNames(postgresqlConf(18, overrides))));
    expect(names).toContain('statement_timeout');
  });

  it('of 18 has all', () => {
    expect(settingNames(postgresqlConf(18, overrides))).toEqual(
      expect.arrayContaining(LATER_THAN_15),
    );
  });
});

describe('initdb', () => {
  it('is asked for the built-in locale from 17 on, and before for the system’s', () => {
    expect(localeWords(16)).toEqual(['--locale-provider=libc']);
    expect(localeWords(17)).toContain('--locale-provider=builtin');
  });
});

describe('pg_hba.conf', () => {
  it('refuses whatever no line before the last one allows', () => {
    const lines = PG_HBA_CONF.trim().split('\n');
    expect(lines.at(-1)).toMatch(/^host all +all +0\.0\.0\.0\/0 +reject$/);
    expect(PG_HBA_CONF).not.toMatch(/trust|\blocal\b/);
  });
});
