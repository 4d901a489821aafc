import { startTemporaryPostgres } from '../../scripts/embedded-postgres.mjs';
import {
  findSystemPostgres,
  startTemporarySystemPostgres,
} from '../../scripts/system-postgres.mjs';
import { OPERATOR_TOKEN } from './operator';
import { type Stack, startStack } from './stack';

const EMBEDDED = '18';

/** Autovacuum comes at once, so that what it does to a tenant and a tenant to it is seen. */
const SETTINGS = { autovacuum_naptime: '1s' };

/** Sweeps and measurements come sooner than in operation. */
const PROVISIONER = {
  METER_EVERY_MS: '500',
  REAP_EVERY_MS: '250',
  ANALYZE_MAX_MS: '2000',
  WARM_POOL_SIZE: '3',
};

export type RunningPostgres = Awaited<ReturnType<typeof startTemporaryPostgres>>;

/** A Postgres that holds customers' databases, and the stack of processes that serves them. */
export interface ServerUnderTest {
  /** Its version, as the table of attacks names it: `18`, `15`. */
  name: string;
  /** The superuser's URL. */
  adminUrl: string;
  gatewayUrl: string;
  /** Of the control plane's database, which is on another server. */
  controlUrl: string;
}

/** One that a story may break: it holds the processes themselves. */
export interface OwnServer extends ServerUnderTest {
  cluster: RunningPostgres;
  stack: Stack;
  stop(): Promise<void>;
}

/** The versions to test: the embedded one, then those of the system from 15 to 17. */
export function serversUnderTest(): string[] {
  const all = [EMBEDDED, ...findSystemPostgres().map(({ major }) => String(major))];
  const wanted = process.env.ISOLATION_SERVERS?.split(',');
  return wanted ? all.filter((name) => wanted.includes(name)) : all;
}

/** An empty cluster of this version, and a stack whose control plane is on another server. */
export async function startServer(
  name: string,
  controlAdminUrl: string,
  stackName: string,
  /** More clusters of the same stack, by name. */
  others: Record<string, string> = {},
): Promise<OwnServer> {
  const cluster = await startPostgres(name);
  const stop = async (stack?: Stack) => {
    await stack?.stop();
    await cluster.stop();
  };
  try {
    const stack = await startStack({
      adminUrl: controlAdminUrl,
      clusters: { local: cluster.adminUrl, ...others },
      name: stackName,
      env: { gateway: { OPERATOR_TOKEN }, provisioner: PROVISIONER },
    });
    const { gatewayUrl, controlUrl } = stack;
    const { adminUrl } = cluster;
    return {
      ...{ name, adminUrl, gatewayUrl, controlUrl },
      ...{ cluster, stack, stop: () => stop(stack) },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An empty server of one of `serversUnderTest()`; `stop` removes it. */
export async function startPostgres(
  name: string,
  settings: Record<string, string> = {},
): Promise<RunningPostgres> {
  const options = { settings: { ...SETTINGS, ...settings } };
  if (name === EMBEDDED) return startTemporaryPostgres(options);
  const found = findSystemPostgres().find(({ major }) => String(major) === name);
  if (!found) throw new Error(`There is no PostgreSQL ${name} on this system.`);
  return startTemporarySystemPostgres(found, options);
}
