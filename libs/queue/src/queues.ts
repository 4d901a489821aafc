import type { Jobs, QueueName } from '@howdah/contracts';
import type { Job, Queue, Worker } from 'bullmq';
import type { QueueBackend } from './backend';
import { within } from './within';

const ATTEMPTS_MAX = 5;
const BACKOFF_MS = 500;
const ANSWER_MS = 2_000;
const STOP_MS = 6_000;

/**
 * Typed enqueueing. A job is keyed by the row it is about: a second hint about the same row, while
 * the first waits, is the same job. Its id holds no colon, which BullMQ keeps for itself. Finished
 * jobs are removed at once, or their ids would swallow later hints; what must not be lost is in
 * the row, and a sweeper finds it there.
 */
export class Queues {
  private readonly queues = new Map<QueueName, Queue>();
  private readonly workers: Worker[] = [];

  constructor(private readonly backend: QueueBackend) {}

  /** Rejects within seconds when the queue cannot be reached. */
  async enqueue<N extends QueueName>(name: N, jobId: string, payload: Jobs[N]): Promise<void> {
    const added = this.queue(name).add(name, payload, {
      jobId,
      attempts: ATTEMPTS_MAX,
      backoff: { type: 'exponential', delay: BACKOFF_MS },
      removeOnComplete: true,
      removeOnFail: true,
    });
    await within(ANSWER_MS, added);
  }

  /** Starts a worker. `processor` must be idempotent: a job may run twice, also at once. */
  work<N extends QueueName>(
    name: N,
    options: { concurrency: number; onError: (error: Error, job?: Job) => void },
    processor: (payload: Jobs[N], job: Job) => Promise<void>,
  ): void {
    const worker = this.backend.worker(name, (job) => processor(job.data as Jobs[N], job), {
      concurrency: options.concurrency,
      lockDuration: 10_000,
      stalledInterval: 5_000,
      maxStalledCount: 10,
    });
    worker.on('error', (error) => options.onError(error));
    worker.on('failed', (job, error) => options.onError(error, job));
    this.workers.push(worker);
  }

  /** Throws when the queues cannot be reached. */
  async check(): Promise<void> {
    await within(ANSWER_MS, this.queue('provision').getWaitingCount());
  }

  /** Takes no more jobs and lets the running ones end. */
  async stopWorking(): Promise<void> {
    const closing = Promise.all(this.workers.map((worker) => worker.close()));
    // Jobs that are cut off here are begun again elsewhere; each is idempotent.
    await within(STOP_MS, closing).catch(() => {});
  }

  async close(): Promise<void> {
    await this.stopWorking();
    const closing = Promise.all([...this.queues.values()].map((queue) => queue.close()));
    await within(ANSWER_MS, closing).catch(() => {});
    await this.backend.close();
  }

  private queue(name: QueueName): Queue {
    let queue = this.queues.get(name);
    if (!queue) {
      queue = this.backend.queue(name);
      queue.on('error', () => {});
      this.queues.set(name, queue);
    }
    return queue;
  }
}
