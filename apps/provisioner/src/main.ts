import 'reflect-metadata';
import { createHttpApp, startProcess } from '@howdah/http';
import { readProvisionerEnv } from './env';
import { ProvisionerModule } from './provisioner.module';

startProcess('provisioner', async () => {
  const env = readProvisionerEnv();
  const { app, logger } = await createHttpApp(ProvisionerModule.forRoot(env), {
    processName: 'provisioner',
    logLevel: env.LOG_LEVEL,
  });
  await app.listen(env.PORT, env.HOST);
  logger.info({ port: env.PORT }, 'provisioner is ready');
});
