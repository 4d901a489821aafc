import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseDirectory, DatabaseService } from '@howdah/databases';
import { Metrics } from '@howdah/http';
import { SqlRunner } from '@howdah/sql';
import type { FactoryProvider } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { GatewayEnv } from '../env';
import { GATEWAY_ENV } from '../gateway-env.token';

/** About what a provisioner needs to set a password; the connection is tried again after it. */
const HEALED_AFTER_MS = 300;

/** The query path of this process: its connections follow the databases' rows, and are measured. */
export const sqlRunner: FactoryProvider<SqlRunner> = {
  provide: SqlRunner,
  inject: [GATEWAY_ENV, DatabaseDirectory, DatabaseService, Metrics],
  useFactory: (
    env: GatewayEnv,
    directory: DatabaseDirectory,
    databases: DatabaseService,
    metrics: Metrics,
  ) => {
    const runner = new SqlRunner({
      connectionsMax: env.POOL_CONNECTIONS_MAX,
      rootSecret: env.CLUSTER_SECRET,
      healCredentials: async (id) => {
        await databases.hintProvisioner('heal', { id });
        await sleep(HEALED_AFTER_MS);
      },
    });
    directory.onChange((id) => {
      if (id !== null) runner.drop(id);
    });
    measure(runner, metrics);
    return runner;
  },
};

function measure(runner: SqlRunner, metrics: Metrics): void {
  new Gauge({
    name: 'howdah_tenant_connections',
    help: 'Connections to customers’ databases',
    labelNames: ['state'],
    registers: [metrics.registry],
    collect() {
      const { open, idle, waiting } = runner.stats();
      this.labels('open').set(open);
      this.labels('idle').set(idle);
      this.labels('waiting').set(waiting);
    },
  });
}
