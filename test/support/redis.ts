import { Redis } from 'ioredis';

/** Of the sixteen that Redis has: one for the stack that stories share, one for compose.story.ts. */
export const SHARED_DATABASE = 0;
export const COMPOSE_DATABASE = 15;

let given = 0;

/** One of the databases in between. Files run one after another, so fourteen are enough. */
export function nextDatabase(): number {
  given = (given % (COMPOSE_DATABASE - 1)) + 1;
  return given;
}

/** `REDIS_URL` with its password, at another database than it may name; undefined without it. */
export function redisUrlOf(database: number): string | undefined {
  const { REDIS_URL } = process.env;
  if (!REDIS_URL) return undefined;
  const url = new URL(REDIS_URL);
  url.pathname = `/${database}`;
  return url.href;
}

export async function emptyRedis(url: string): Promise<void> {
  const redis = new Redis(url);
  try {
    await redis.flushdb();
  } finally {
    redis.disconnect();
  }
}
