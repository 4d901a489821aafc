import type { TestProject } from 'vitest/node';
import { startTemporaryPostgres } from '../../scripts/embedded-postgres.mjs';
import { type ServerUnderTest, serversUnderTest, startServer } from './isolation-servers';

declare module 'vitest' {
  interface ProvidedContext {
    servers: ServerUnderTest[];
    /** The superuser's URL of the Postgres that holds the control planes. */
    controlAdminUrl: string;
  }
}

/**
 * One Postgres for the control planes, and for every version at hand a cluster and a stack of its
 * own. `ISOLATION_SERVERS=18,15` names those wanted; without it all are tested.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: { stop(): Promise<unknown> }[] = [];
  const stopAll = async () => {
    for (const each of started.toReversed()) await each.stop();
  };
  try {
    const control = await startTemporaryPostgres();
    started.push(control);
    const servers: ServerUnderTest[] = [];
    for (const name of serversUnderTest()) {
      const server = await startServer(name, control.adminUrl, `isolation_${name}`);
      started.push(server);
      const { adminUrl, gatewayUrl, controlUrl } = server;
      servers.push({ name, adminUrl, gatewayUrl, controlUrl });
    }
    project.provide('servers', servers);
    project.provide('controlAdminUrl', control.adminUrl);
    return stopAll;
  } catch (error) {
    await stopAll();
    throw error;
  }
}
