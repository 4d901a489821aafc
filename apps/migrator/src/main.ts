import { startProcess } from '@howdah/http';
import { migrate } from '@howdah/persistence';
import { migrateQueues } from '@howdah/queue';
import { readMigratorEnv } from './env';

/** Brings the control plane's database to the schema that this version needs, and exits. */
startProcess('migrator', async () => {
  const env = readMigratorEnv();
  const applied = await migrate(env.DATABASE_URL);
  await migrateQueues(env.DATABASE_URL);
  process.stdout.write(`${JSON.stringify({ process: 'migrator', applied })}\n`);
});
