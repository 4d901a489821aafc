import type { TenantNames } from '@howdah/clusters';
import type { Placement } from '@howdah/databases';

/** A placement in the words of its cluster. */
export function tenantOf({
  physicalName,
  family,
}: Pick<Placement, 'physicalName' | 'family'>): TenantNames {
  return { name: physicalName, family };
}
