import { asSuperuser } from './cluster-objects';
import { type CustomerDatabase, physicalName } from './customer';
import type { ServerUnderTest } from './isolation-servers';

export interface BackendSeen {
  pid: number;
  state: string;
  query: string;
}

/** Sessions in a tenant's database, those of the provisioner left out, as the superuser sees them. */
export async function backendsOf(
  server: ServerUnderTest,
  database: CustomerDatabase,
  states = '',
): Promise<BackendSeen[]> {
  return asSuperuser<BackendSeen>(
    server.adminUrl,
    `select pid, state, query from pg_stat_activity
     where datname = $1 and backend_type = 'client backend'
       and application_name <> 'howdah-cluster' and state like $2 || '%'
     order by pid`,
    [await physicalName(server, database), states],
  );
}
