import type { Placement } from './placement.repository';

/** Where a row says that its database is; null until it has a place. */
export function placementOf(row: {
  clusterId: string | null;
  physicalName: string | null;
  family: string | null;
}): Placement | null {
  const { clusterId, physicalName, family } = row;
  return clusterId && physicalName && family ? { clusterId, physicalName, family } : null;
}
