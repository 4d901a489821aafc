import { clusterSecret, rolePassword, tenantRoles } from '@howdah/kernel';
import { Client } from 'pg';
import { type CustomerDatabase, inControl } from './customer';
import type { ServerUnderTest } from './isolation-servers';
import { CLUSTER_SECRET } from './stack';
import { startupOptions, WRITING } from './startup-options';

/**
 * A session of the admin login past the gateway, as a gateway that died or froze leaves one behind,
 * and as a tenant who found a way to the cluster's port has one.
 */
export async function directLogin(
  { adminUrl, controlUrl }: Pick<ServerUnderTest, 'adminUrl' | 'controlUrl'>,
  { id }: CustomerDatabase,
): Promise<Client> {
  const [place] = await inControl<{ name: string; family: string; clusterId: string }>(
    controlUrl,
    `select physical_name as name, family, cluster_id as "clusterId" from database where id = $1`,
    [id],
  );
  const { name, family, clusterId } = place!;
  const { hostname, port } = new URL(adminUrl);
  const client = new Client({
    host: hostname,
    port: Number(port),
    database: name,
    user: name,
    password: rolePassword(clusterSecret(CLUSTER_SECRET, clusterId), name),
    options: startupOptions({ role: tenantRoles(name, family).owners, ...WRITING }),
  });
  // Being ended is what these sessions are for.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
