import {
  createPostgresBackend,
  createRedisBackend,
  withBackend,
  type Processor,
  type Queue,
  type Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';

export interface QueueOptions {
  /** The control plane's database: BullMQ keeps its tables there unless there is a Redis. */
  databaseUrl: string;
  redisUrl?: string | undefined;
}

const POSTGRES_SCHEMA = 'bullmq';
const REDIS_PREFIX = 'howdah';

/** The one place that knows whether BullMQ runs on Postgres or on Redis. */
export interface QueueBackend {
  queue(name: string): Queue;
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  close(): Promise<void>;
}

export function createQueueBackend(options: QueueOptions): QueueBackend {
  return options.redisUrl ? onRedis(options.redisUrl) : onPostgres(options.databaseUrl);
}

/** Makes BullMQ's tables. They stay empty with a Redis, and are there should it be taken away. */
export async function migrateQueues(databaseUrl: string): Promise<void> {
  const { Queue: PostgresQueue } = withBackend(createPostgresBackend);
  const queue = new PostgresQueue('migrations', {
    connection: { connectionString: databaseUrl, schema: POSTGRES_SCHEMA, migrate: true },
  });
  await queue.waitUntilReady();
  await queue.close();
}

function onPostgres(connectionString: string): QueueBackend {
  const classes = withBackend(createPostgresBackend);
  const connection = { connectionString, schema: POSTGRES_SCHEMA, max: 4 };
  return {
    queue: (name) => new classes.Queue(name, { connection }) as unknown as Queue,
    worker: (name, processor, workerOptions) =>
      new classes.Worker(name, processor, { ...workerOptions, connection }) as unknown as Worker,
    close: async () => {},
  };
}

function onRedis(url: string): QueueBackend {
  const classes = withBackend(createRedisBackend);
  // Who adds a job wants to hear at once that there is no Redis; a worker waits for it to be back.
  const adding = connect(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  const working = connect(url, { maxRetriesPerRequest: null });
  return {
    queue: (name) =>
      new classes.Queue(name, { connection: adding, prefix: REDIS_PREFIX }) as unknown as Queue,
    worker: (name, processor, workerOptions) =>
      new classes.Worker(name, processor, {
        ...workerOptions,
        connection: working,
        prefix: REDIS_PREFIX,
      }) as unknown as Worker,
    close: async () => {
      adding.disconnect();
      working.disconnect();
    },
  };
}

/** Connects again by itself for ever; failures are told by the commands that meet them. */
function connect(url: string, options: RedisOptions): Redis {
  const redis = new Redis(url, options);
  redis.on('error', () => {});
  return redis;
}
