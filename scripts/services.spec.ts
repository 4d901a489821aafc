import { describe, expect, it } from 'vitest';
import { serviceEnv } from './services.mjs';

const settings = {
  ports: { gateway: 3000, provisioner: 3004, billing: 3001 },
  databaseUrl: 'postgresql://howdah:p@127.0.0.1:3032/howdah',
  adminUrl: 'postgresql://postgres:s@127.0.0.1:3032/postgres',
  clusterSecret: 'sekret',
};

describe('the environment of a service', () => {
  it('holds the admin password of the cluster for the provisioner alone', () => {
    const holders = (['gateway', 'provisioner', 'billing', 'migrator'] as const).filter((name) =>
      JSON.stringify(serviceEnv(name, settings)).includes(settings.adminUrl),
    );
    expect(holders).toEqual(['provisioner']);
  });

  it('names Redis only where there is one', () => {
    expect(serviceEnv('gateway', settings)).not.toHaveProperty('REDIS_URL');
    const redisUrl = 'redis://127.0.0.1:6379';
    expect(serviceEnv('gateway', { ...settings, redisUrl })).toMatchObject({ REDIS_URL: redisUrl });
  });

  it('tells the gateway by which URL pages know it', () => {
    expect(serviceEnv('gateway', settings)).toMatchObject({
      HOST: 'localhost',
      PORT: '3000',
      PUBLIC_URL: 'http://localhost:3000',
    });
  });
});
