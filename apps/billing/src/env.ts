import { loadEnv } from '@howdah/kernel';
import { z } from 'zod';

const BillingEnv = z.object({
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3001).describe('a port, 3001'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe("the control plane's database, postgresql://user:password@host:5432/howdah"),
});

export type BillingEnv = Readonly<z.output<typeof BillingEnv>>;

export const readBillingEnv = (): BillingEnv => loadEnv(BillingEnv, process.env);
