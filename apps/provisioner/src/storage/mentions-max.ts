import type { Usage } from '@howdah/databases';

/** So often any database may name roles. */
export const MENTIONS_FREE = 20_000;
/** Its owner, and the groups of those who write and who read. */
const MENTIONS_AN_OBJECT = 3;

/**
 * How often a database of these limits may name roles: large ones have so many objects that ours
 * alone are more.
 */
export function mentionsMax({ relations, functions, largeObjects }: Usage): number {
  const ours = (relations + functions + largeObjects) * MENTIONS_AN_OBJECT;
  return Math.max(MENTIONS_FREE, 2 * ours);
}
