import { identifier } from './tenant';

/** The version from which a membership says by itself whether it inherits and may SET ROLE. */
const MEMBERSHIP_OPTIONS = 16;

/** `member` is an identifier, quoted already, or CURRENT_USER. */
export function grantMembership(
  group: string,
  member: string,
  options: string,
  serverMajor: number,
): string {
  const withOptions = serverMajor >= MEMBERSHIP_OPTIONS ? ` WITH ${options}` : '';
  return `GRANT ${identifier(group)} TO ${member}${withOptions};`;
}
