import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const libs = {
  find: /^@howdah\/([a-z-]+)$/,
  replacement: resolve(import.meta.dirname, 'libs/$1/src/index.ts'),
};

/**
 * `unit`: pure functions, beside their files. `stories`: sentences about real processes.
 * `isolation`: attacks of a tenant beside another, on every version of Postgres at hand.
 */
export default defineConfig({
  resolve: { alias: [libs] },
  test: {
    // The second prints what the attacks of `isolation` came to, and nothing without any.
    reporters: ['default', './test/support/attack-table.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{libs,apps,scripts}/**/*.spec.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'stories',
          include: ['test/**/*.story.ts'],
          // Those below test/redis are about Redis alone, those below test/clusters know no queue.
          exclude: [
            'test/isolation/**',
            process.env.REDIS_URL ? 'test/clusters/**' : 'test/redis/**',
          ],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'isolation',
          include: ['test/isolation/**/*.story.ts'],
          globalSetup: ['test/support/isolation-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
