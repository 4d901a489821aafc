import { DataSource, type DataSourceOptions, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { MIGRATIONS } from './migrations';

export interface PersistenceOptions {
  /** The control plane's database, `postgresql://user:password@host:port/name`. */
  url: string;
  entities: EntityTarget<ObjectLiteral>[];
  connectionsMax?: number;
  applicationName: string;
  /** Ends any statement that takes longer; 0 for none. */
  statementTimeoutMs?: number;
}

/** How every process reaches the control plane's database. The schema changes by migrations alone. */
export function dataSourceOptions(options: PersistenceOptions): DataSourceOptions {
  return {
    type: 'postgres',
    url: options.url,
    entities: options.entities as never,
    migrations: MIGRATIONS,
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    poolSize: options.connectionsMax ?? 10,
    applicationName: options.applicationName,
    connectTimeoutMS: 5_000,
    extra: {
      options: `-c timezone=UTC -c statement_timeout=${options.statementTimeoutMs ?? 15_000}`,
    },
  };
}

/** Applies what is missing; two runners at once wait for each other on an advisory lock. */
export async function migrate(url: string): Promise<string[]> {
  const source = await new DataSource(
    dataSourceOptions({
      url,
      entities: [],
      connectionsMax: 2,
      applicationName: 'howdah-migrator',
      statementTimeoutMs: 0,
    }),
  ).initialize();
  const lock = source.createQueryRunner();
  try {
    await lock.query(`select pg_advisory_lock(hashtext('howdah:migrations'))`);
    const applied = await source.runMigrations();
    return applied.map((migration) => migration.name);
  } finally {
    await lock.release();
    await source.destroy();
  }
}
