import type { StorageLevel } from '@howdah/contracts';

/** What a database holds, or may hold. */
export interface Usage {
  bytes: number;
  relations: number;
  functions: number;
  largeObjects: number;
}

const NEAR = 0.8;

/** Of the quota that is filled most. */
export function storageLevel(used: Usage, limits: Usage): StorageLevel {
  const share = Math.max(
    used.bytes / limits.bytes,
    used.relations / limits.relations,
    used.functions / limits.functions,
    used.largeObjects / limits.largeObjects,
  );
  if (share > 1) return 'full';
  return share >= NEAR ? 'near' : 'ok';
}
