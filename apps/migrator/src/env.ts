import { loadEnv } from '@howdah/kernel';
import { z } from 'zod';

const MigratorEnv = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe("the control plane's database, postgresql://user:password@host:5432/howdah"),
});

export const readMigratorEnv = () => loadEnv(MigratorEnv, process.env);
