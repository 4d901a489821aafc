import { describe, expect, it } from 'vitest';
import { clusterSecret, randomName, rolePassword, tenantRoles } from './tenant-roles';

describe('The roles of a database', () => {
  it('are three logins of its own and three groups of its family', () => {
    expect(tenantRoles('d_abc', 'f_xyz')).toEqual({
      admin: 'd_abc',
      write: 'd_abc_w',
      read: 'd_abc_r',
      owners: 'o_f_xyz',
      writers: 'o_f_xyz_w',
      readers: 'o_f_xyz_r',
    });
  });

  it('have names that nobody guesses', () => {
    const names = new Set(Array.from({ length: 1000 }, () => randomName('d')));
    expect(names.size).toBe(1000);
    for (const name of names) expect(name).toMatch(/^d_[a-z2-7]{16}$/);
  });

  it('have passwords that follow from name, cluster and secret, and from nothing less', () => {
    const password = (secret: string, cluster: string, role: string) =>
      rolePassword(clusterSecret(secret, cluster), role);
    const one = password('secret', 'cl_1', 'd_a');
    expect(password('secret', 'cl_1', 'd_a')).toBe(one);
    expect(password('other', 'cl_1', 'd_a')).not.toBe(one);
    expect(password('secret', 'cl_2', 'd_a')).not.toBe(one);
    expect(password('secret', 'cl_1', 'd_b')).not.toBe(one);
  });
});
