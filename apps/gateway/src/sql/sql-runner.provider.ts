import { DatabaseDirectory, DatabaseService } from '@howdah/databases';
import { Metrics } from '@howdah/http';
import { SqlRunner } from '@howdah/sql';
import type { FactoryProvider } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { GatewayEnv } from '../env';
import { GATEWAY_ENV } from '../gateway-env.token';
import { ComputeBudget } from './compute-budget.service';
import { Offences } from './offences.service';

/** The query path of this process: its connections follow the databases' rows, and are measured. */
export const sqlRunner: FactoryProvider<SqlRunner> = {
  provide: SqlRunner,
  inject: [GATEWAY_ENV, DatabaseDirectory, DatabaseService, Offences, ComputeBudget, Metrics],
  useFactory: (
    env: GatewayEnv,
    directory: DatabaseDirectory,
    databases: DatabaseService,
    offences: Offences,
    compute: ComputeBudget,
    metrics: Metrics,
  ) => {
    const runner = new SqlRunner({
      connectionsMax: env.POOL_CONNECTIONS_MAX,
      rootSecret: env.CLUSTER_SECRET,
      healCredentials: (id) => databases.hintProvisioner('heal', { id }),
      onExecuted: (id, executedMs) => compute.spend(id, executedMs),
      onGrowthUndone: (id) => offences.growthUndone(id),
      onGateEvaded: (id) => offences.gateEvaded(id),
      onStubborn: (id) => offences.stubborn(id),
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
      const { open, idle, waiting, stuck } = runner.stats();
      this.labels('open').set(open);
      this.labels('idle').set(idle);
      this.labels('waiting').set(waiting);
      this.labels('stuck').set(stuck);
    },
  });
}
