import type { QueueName } from '@howdah/contracts';
import { Metrics } from '@howdah/http';
import { AppError } from '@howdah/kernel';
import { Queues } from '@howdah/queue';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { JOB_HANDLERS, type JobHandlers } from './job-handlers.provider';
import { RowLock } from '../row-lock.service';
import { Sweeper } from './sweeper.service';

/** A worker for each queue: one row, under its lock, by the handler that knows how. */
@Injectable()
export class ProvisionerProcessor implements OnApplicationBootstrap {
  private readonly logger = new Logger('provisioner');
  private readonly jobSeconds: Histogram<'job' | 'outcome'>;

  constructor(
    @Inject(Queues) private readonly queues: Queues,
    @Inject(RowLock) private readonly lock: RowLock,
    @Inject(JOB_HANDLERS) private readonly handlers: JobHandlers,
    @Inject(Sweeper) private readonly sweeper: Sweeper,
    @Inject(Metrics) metrics: Metrics,
  ) {
    this.jobSeconds = new Histogram({
      name: 'howdah_job_seconds',
      help: 'Time a job took',
      labelNames: ['job', 'outcome'],
      registers: [metrics.registry],
    });
  }

  onApplicationBootstrap(): void {
    const onError = (error: Error) => {
      if (error instanceof AppError) this.logger.warn(error.message);
      else this.logger.error(error.message, error.stack);
    };
    for (const job of Object.keys(this.handlers) as QueueName[]) {
      const { concurrency } = this.handlers[job];
      this.queues.work(job, { concurrency, onError }, ({ databaseId }) =>
        this.measured(job, databaseId),
      );
    }
  }

  /**
   * When another worker holds the lock it may be doing this job or another, so this one is tried
   * again after BullMQ's backoff; the row then says whether anything is left to do.
   */
  private async measured(job: QueueName, id: string): Promise<void> {
    const startedAt = performance.now();
    let outcome = 'failed';
    try {
      const { lock, run } = this.handlers[job];
      if (await this.lock.hold(`${lock}:${id}`, () => run(id))) outcome = 'done';
      else outcome = 'waits for another worker';
    } finally {
      const durationMs = performance.now() - startedAt;
      this.jobSeconds.labels(job, outcome).observe(durationMs / 1000);
      this.logger.log({ job, databaseId: id, outcome, durationMs: Math.round(durationMs) });
    }
    if (outcome !== 'done') throw new AppError('busy', `${job} of ${id} ${outcome}`);
    if (job === 'provision') this.sweeper.poolWasUsed();
  }
}
