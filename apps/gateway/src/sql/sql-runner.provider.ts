import { DatabaseDirectory } from '@howdah/databases';
import { Metrics } from '@howdah/http';
import { SqlRunner } from '@howdah/sql';
import type { FactoryProvider } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { GatewayEnv } from '../env';
import { GATEWAY_ENV } from '../gateway-env.token';

/** The query path of this process: its connections follow the databases' rows, and are measured. */
export const sqlRunner: FactoryProvider<SqlRunner> = {
  provide: SqlRunner,
  inject: [GATEWAY_ENV, DatabaseDirectory, Metrics],
  useFactory: (env: GatewayEnv, directory: DatabaseDirectory, metrics: Metrics) => {
    const runner = new SqlRunner({
      connectionsMax: env.POOL_CONNECTIONS_MAX,
      rootSecret: env.CLUSTER_SECRET,
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
