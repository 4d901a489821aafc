import { loadEnv, processEnv } from '@howdah/kernel';
import { z } from 'zod';

const MigratorEnv = z.object({ DATABASE_URL: processEnv.DATABASE_URL });

export const readMigratorEnv = () => loadEnv(MigratorEnv, process.env);
