import type { TestProject } from 'vitest/node';
import { startTemporaryPostgres } from '../../scripts/embedded-postgres.mjs';
import { SHARED_DATABASE } from './redis';
import { startStack } from './stack';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's URL of the Postgres that all stories share. */
    adminUrl: string;
    /** The gateway and the control plane of the stack that most stories share. */
    shared: { gatewayUrl: string; controlUrl: string };
  }
}

/** One Postgres and one stack of processes for all stories; those about faults start their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTemporaryPostgres();
  const stack = await startStack({
    adminUrl: postgres.adminUrl,
    name: 'shared',
    redisDatabase: SHARED_DATABASE,
  }).catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });
  project.provide('adminUrl', postgres.adminUrl);
  project.provide('shared', { gatewayUrl: stack.gatewayUrl, controlUrl: stack.controlUrl });
  return async () => {
    await stack.stop();
    await postgres.stop();
  };
}
