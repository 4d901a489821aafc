import type { Cluster } from './cluster';
import type { Tenant } from './tenant/tenant';

/** One step of making a database. Any may be run again, also after all that follow it. */
export interface CreationStep {
  name: 'roles' | 'database' | 'grants' | 'schema' | 'logins';
  run(cluster: Cluster, tenant: Tenant): Promise<void>;
}

/**
 * In this order, whatever a worker that was killed may have done already. Nobody can log in before
 * the last, so that nothing half made is ever open.
 */
export const CREATION_STEPS: readonly CreationStep[] = [
  { name: 'roles', run: (cluster, tenant) => cluster.createRoles(tenant) },
  { name: 'database', run: (cluster, tenant) => cluster.createDatabase(tenant) },
  { name: 'grants', run: (cluster, tenant) => cluster.grantDatabase(tenant) },
  { name: 'schema', run: (cluster, tenant) => cluster.prepareSchema(tenant) },
  { name: 'logins', run: (cluster, tenant) => cluster.openLogins(tenant) },
];
