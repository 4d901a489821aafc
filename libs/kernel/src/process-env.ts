import { z } from 'zod';

/** Variables that mean the same in every process that reads them. */
export const processEnv = {
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('trace, debug, info, warn or error'),
  HOST: z.string().default('0.0.0.0'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe("the control plane's database, postgresql://user:password@host:5432/howdah"),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('redis://host:6379, or nothing to use Postgres'),
  CLUSTER_SECRET: z
    .string()
    .min(32, 'is too short')
    .describe('at least 32 random characters, the same in gateways and provisioners'),
};

/** A port to listen on; 0 for any that is free. */
export const portEnv = (fallback: number) =>
  z.coerce.number().int().min(0).max(65_535).default(fallback).describe(`a port, ${fallback}`);
