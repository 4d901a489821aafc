import {
  createPostgresBackend,
  createRedisBackend,
  withBackend,
  type Processor,
  type Queue,
  type Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';

export interface QueueOptions {
  /** The control plane's database: BullMQ keeps its tables there unless there is a Redis. */
  databaseUrl: string;
  redisUrl?: string | undefined;
}

const POSTGRES_SCHEMA = 'bullmq';

/** The one place that knows whether BullMQ runs on Postgres or on Redis. */
export interface QueueBackend {
  queue(name: string): Queue;
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  close(): Promise<void>;
}

export function createQueueBackend(options: QueueOptions): QueueBackend {
  return options.redisUrl ? onRedis(options.redisUrl) : onPostgres(options.databaseUrl);
}

/** Makes BullMQ's tables where there is no Redis; the migrator's work. */
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
  // BullMQ duplicates this connection for what blocks, and asks for no retry limit there.
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  connection.on('error', () => {});
  return {
    queue: (name) => new classes.Queue(name, { connection, prefix: 'howdah' }) as unknown as Queue,
    worker: (name, processor, workerOptions) =>
      new classes.Worker(name, processor, {
        ...workerOptions,
        connection,
        prefix: 'howdah',
      }) as unknown as Worker,
    close: async () => void (await connection.quit()),
  };
}
