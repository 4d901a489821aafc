export { migrateQueues } from './backend';
export { QueueModule } from './queue.module';
export { Queues } from './queues';
export { RateLimits, type RateLimit, type Spent } from './rate-limits';
export { within } from './within';
