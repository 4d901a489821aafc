import 'reflect-metadata';
import { createHttpApp, startProcess } from '@howdah/http';
import { BillingModule } from './billing.module';
import { readBillingEnv } from './env';

startProcess('billing', async () => {
  const env = readBillingEnv();
  const { app, logger } = await createHttpApp(BillingModule.forRoot(env), {
    processName: 'billing',
    logLevel: env.LOG_LEVEL,
  });
  await app.listen(env.PORT, env.HOST);
  logger.info({ port: env.PORT }, 'billing is ready');
});
