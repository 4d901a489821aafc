import 'reflect-metadata';
import { createHttpApp, startProcess } from '@howdah/http';
import { admitBodies } from './access/admit-bodies';
import { readGatewayEnv } from './env';
import { GatewayModule } from './gateway.module';
import { serveStatic } from './serve-static';

startProcess('gateway', async () => {
  const env = readGatewayEnv();
  const { app, logger } = await createHttpApp(GatewayModule.forRoot(env), {
    processName: 'gateway',
    logLevel: env.LOG_LEVEL,
    trustProxy: env.TRUST_PROXY,
  });
  admitBodies(app);
  await serveStatic(app, env.STATIC_ROOT);
  await app.listen(env.PORT, env.HOST);
  logger.info({ port: env.PORT, url: env.PUBLIC_URL }, 'gateway is ready');
});
