import { REAPER_ROLE } from '@howdah/kernel';
import type { ClusterContext } from './cluster-context';
import { clusterRolesSql } from './tenant/role-sql';
import { dropOldTemplates, prepareTemplate } from './template/template';

/** Makes the roles and the template that tenants' databases need, and closes what is open. */
export async function prepareCluster(cluster: ClusterContext): Promise<void> {
  const { admin } = cluster;
  const traits = await cluster.traits();
  const { rights } = traits;
  const verifier = await cluster.verifierOf(REAPER_ROLE);
  await admin.prepareAlone(async (run) => {
    await run(clusterRolesSql(traits, verifier));
    for (const { database, sql } of rights.closeOwnDatabases) await admin.inDatabase(database, sql);
    await prepareTemplate(admin, run, traits);
    await dropOldTemplates(run, traits);
  });
}
