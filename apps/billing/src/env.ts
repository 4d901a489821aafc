import { loadEnv, portEnv, processEnv } from '@howdah/kernel';
import { z } from 'zod';

const BillingEnv = z.object({
  LOG_LEVEL: processEnv.LOG_LEVEL,
  HOST: processEnv.HOST,
  PORT: portEnv(3001),
  DATABASE_URL: processEnv.DATABASE_URL,
});

export type BillingEnv = Readonly<z.output<typeof BillingEnv>>;

export const readBillingEnv = (): BillingEnv => loadEnv(BillingEnv, process.env);
