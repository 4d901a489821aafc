import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALLOWED_EXTENSIONS, isAllowedExtensionFile } from './postgres-extensions.mjs';

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

  it('are the same in the container', () => {
    const script = readFileSync(new URL('../deploy/start-postgres.sh', import.meta.url), 'utf8');
    const list = /^allowed='([^']+)'/m.exec(script)?.[1];
    expect(list?.split(/\s+/)).toEqual([...ALLOWED_EXTENSIONS]);
  });

  it('are those that the probe of a cluster looks for', () => {
    const probe = new URL('../libs/clusters/src/probe/allowed-extensions.ts', import.meta.url);
    const list = [...readFileSync(probe, 'utf8').matchAll(/^  '([^']+)',$/gm)].map(
      ([, name]) => name,
    );
    expect(list).toEqual([...ALLOWED_EXTENSIONS]);
  });
});
