import { loadEnv } from '@howdah/kernel';
import { z } from 'zod';

const url = (protocols: RegExp) => z.url({ protocol: protocols });
const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);

const GatewayEnv = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  HOST: z.string().default('0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).describe('a port, 3000'),
  PUBLIC_URL: url(/^https?$/)
    .transform((value) => value.replace(/\/+$/, ''))
    .describe("the gateway's address as browsers see it, https://api.example.com"),
  DATABASE_URL: url(/^postgres(ql)?$/).describe(
    "the control plane's database, postgresql://user:password@host:5432/howdah",
  ),
  REDIS_URL: url(/^rediss?$/)
    .optional()
    .describe('redis://host:6379, or nothing to use Postgres'),
  CLUSTER_SECRET: z
    .string()
    .min(32, 'is too short')
    .describe('at least 32 random characters, the same in gateways and provisioners'),
  /** Where the build put what pages load: howdah.js. */
  STATIC_ROOT: z.string().default('dist/static'),
  /** Connections to customers' databases that this process keeps open at most. */
  POOL_CONNECTIONS_MAX: count(100).describe('a count of connections, 100'),
  SIGN_UPS_PER_ADDRESS_AND_HOUR: count(20).describe('a count, 20'),
  SIGN_INS_PER_ADDRESS_AND_QUARTER_HOUR: count(30).describe('a count, 30'),
  TRUST_PROXY: z
    .string()
    .regex(/^\d+$|^[0-9a-f.:/, ]+$/i, 'is neither a count nor addresses')
    .transform((value) => (/^\d+$/.test(value) ? Number(value) : value))
    .optional()
    .describe('how many proxies stand in front, or their addresses'),
});

export type GatewayEnv = Readonly<z.output<typeof GatewayEnv>>;

export const readGatewayEnv = (): GatewayEnv => loadEnv(GatewayEnv, process.env);
