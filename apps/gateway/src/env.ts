import { loadEnv, portEnv, processEnv } from '@howdah/kernel';
import { z } from 'zod';

const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);

const GatewayEnv = z.object({
  ...processEnv,
  PORT: portEnv(3000),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((value) => value.replace(/\/+$/, ''))
    .describe("the gateway's address as browsers see it, https://api.example.com"),
  /** Where the build put what pages load: howdah.js. */
  STATIC_ROOT: z.string().default('dist/static'),
  /** Connections to customers' databases that this process keeps open at most. */
  POOL_CONNECTIONS_MAX: count(100).describe('a count of connections, 100'),
  SIGN_UPS_PER_ADDRESS_AND_HOUR: count(20).describe('a count, 20'),
  SIGN_INS_PER_ADDRESS_AND_QUARTER_HOUR: count(30).describe('a count, 30'),
  DATABASES_PER_ACCOUNT_AND_DAY: count(50).describe('a count, 50'),
  /** What opens `/v1/operator`; without one there is no such place. */
  OPERATOR_TOKEN: z
    .string()
    .regex(/^hdo_[A-Za-z0-9_-]{32,}$/, 'is no operator token')
    .optional()
    .describe('hdo_ and 32 random characters or more'),
  TRUST_PROXY: z
    .string()
    .regex(/^\d+$|^[0-9a-f.:/, ]+$/i, 'is neither a count nor addresses')
    .transform((value) => (/^\d+$/.test(value) ? Number(value) : value))
    .optional()
    .describe('how many proxies stand in front, or their addresses'),
});

export type GatewayEnv = Readonly<z.output<typeof GatewayEnv>>;

export const readGatewayEnv = (): GatewayEnv => loadEnv(GatewayEnv, process.env);
