import { randomName } from '@howdah/kernel';
import { describe, expect, it } from 'vitest';
import {
  assertConnections,
  databaseIdentifier,
  identifier,
  literal,
  roleIdentifier,
  rolesOf,
  TENANT_ROLES,
} from './tenant';

const tenant = { name: randomName('d'), family: randomName('f') };

describe('tenant names', () => {
  it('takes the names the kernel makes', () => {
    for (const role of Object.values(rolesOf(tenant))) {
      expect(roleIdentifier(role)).toBe(`"${role}"`);
      expect(role).toMatch(new RegExp(TENANT_ROLES));
    }
    expect(databaseIdentifier(tenant.name)).toBe(`"${tenant.name}"`);
  });

  it.each([
    'postgres',
    'tenant_op',
    'd_abc',
    `${tenant.name}\n`,
    `${tenant.name}"; DROP DATABASE postgres; --`,
    tenant.name.toUpperCase(),
    `${tenant.name}_x`,
    '',
  ])('refuses %j as a database and as a role', (name) => {
    expect(() => databaseIdentifier(name)).toThrow();
    expect(() => roleIdentifier(name)).toThrow();
    expect(() => rolesOf({ ...tenant, name })).toThrow();
    expect(() => rolesOf({ ...tenant, family: name })).toThrow();
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, 1_001])('refuses %s connections', (count) => {
    expect(() => assertConnections(count)).toThrow();
  });
});

describe('quoting', () => {
  it('doubles the quotes', () => {
    expect(identifier('a"b')).toBe('"a""b"');
    expect(literal("a'b")).toBe("'a''b'");
  });

  it('refuses what a literal would need escapes for', () => {
    expect(() => literal('a\\b')).toThrow();
    expect(() => literal('a\0b')).toThrow();
  });
});
