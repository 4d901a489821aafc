import { clusterSecret, rolePassword, tenantRoles } from '@howdah/kernel';
import { Client } from 'pg';
import { type CustomerDatabase, inControl } from './customer';
import type { ServerUnderTest } from './isolation-servers';
import { CLUSTER_SECRET } from './stack';
import { startupOptions, WRITING } from './startup-options';

/** A customer's database on its cluster. */
export interface Place {
  name: string;
  family: string;
  clusterId: string;
}

export async function placeOf(
  { controlUrl }: Pick<ServerUnderTest, 'controlUrl'>,
  { id }: CustomerDatabase,
): Promise<Place> {
  const [place] = await inControl<Place>(
    controlUrl,
    `select physical_name as name, family, cluster_id as "clusterId" from database where id = $1`,
    [id],
  );
  return place!;
}

/**
 * A session of the admin login past the gateway, as a gateway that died or froze leaves one behind,
 * and as a tenant who found a way to the cluster's port has one.
 */
export async function directLogin(
  server: Pick<ServerUnderTest, 'adminUrl' | 'controlUrl'>,
  database: CustomerDatabase,
): Promise<Client> {
  return enter(server, await placeOf(server, database));
}

/** A login of a tenant, in its own database or in that of somebody else. */
export async function enter(
  { adminUrl }: Pick<ServerUnderTest, 'adminUrl'>,
  { name, family, clusterId }: Place,
  login: 'admin' | 'write' | 'read' = 'admin',
  database = name,
): Promise<Client> {
  const { hostname, port } = new URL(adminUrl);
  const roles = tenantRoles(name, family);
  const client = new Client({
    host: hostname,
    port: Number(port),
    database,
    user: roles[login],
    password: rolePassword(clusterSecret(CLUSTER_SECRET, clusterId), roles[login]),
    options: startupOptions({ ...(login === 'admin' && { role: roles.owners }), ...WRITING }),
  });
  // Being ended is what some of these sessions are for.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
