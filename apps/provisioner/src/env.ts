import { loadEnv, portEnv, processEnv } from '@howdah/kernel';
import { z } from 'zod';

const ClusterEnv = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** As a superuser; held by provisioners alone. */
  adminUrl: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Where gateways reach it, when that is not where we do. */
  host: z.string().optional(),
  port: z.number().int().min(1).max(65_535).optional(),
});
export type ClusterEnv = z.output<typeof ClusterEnv>;

const clusters = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue('is not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.array(ClusterEnv).min(1))
  .describe('JSON, [{"name": "main", "adminUrl": "postgresql://postgres:…@host:5432/postgres"}]');

const ProvisionerEnv = z
  .object({
    NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
    ...processEnv,
    PORT: portEnv(3004),
    CLUSTERS: clusters,
    WARM_POOL_SIZE: z.coerce.number().int().min(0).max(500).default(10).describe('a count, 10'),
    SWEEP_EVERY_MS: z.coerce.number().int().min(100).default(5_000).describe('milliseconds, 5000'),
    /** A row that has not moved for so long is brought up again. */
    STUCK_AFTER_MS: z.coerce.number().int().min(100).default(10_000).describe('milliseconds'),
    /** How often Postgres is asked which databases changed. */
    METER_EVERY_MS: z.coerce.number().int().min(100).default(1_000).describe('milliseconds, 1000'),
    /** How often backends past their limit are looked for. */
    REAP_EVERY_MS: z.coerce.number().int().min(50).default(250).describe('milliseconds, 250'),
    /** A table that autovacuum analyzes for longer than this holds it hostage. */
    ANALYZE_MAX_MS: z.coerce
      .number()
      .int()
      .min(100)
      .default(10_000)
      .describe('milliseconds, 10000'),
    /** A cgroup (v2) with little CPU, for backends that nothing ends; where Postgres runs beside us. */
    JAIL_CGROUP: z.string().startsWith('/').optional().describe('a folder, /sys/fs/cgroup/jail'),
    /** Tests end the process here, as a power cut would; see `FaultPoint`. */
    FAULT_AFTER: z.string().optional().describe('nothing, outside of tests'),
  })
  .refine((env) => env.FAULT_AFTER === undefined || env.NODE_ENV === 'test', {
    path: ['FAULT_AFTER'],
    message: 'works with NODE_ENV=test only',
  });

export type ProvisionerEnv = Readonly<z.output<typeof ProvisionerEnv>>;

export const readProvisionerEnv = (): ProvisionerEnv => loadEnv(ProvisionerEnv, process.env);
