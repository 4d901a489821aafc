import { AppError } from '@howdah/kernel';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Metrics } from './metrics';

/** What must answer before a process takes work. Rejects with the reason when it is not so. */
export abstract class Readiness {
  abstract check(): Promise<void>;
}

/** For whoever runs the process: alive, ready to take work, and how it fares. */
@Controller()
export class OperationController {
  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  @Get('health')
  health(): { status: string } {
    return { status: 'alive' };
  }

  @Get('ready')
  async ready(): Promise<{ status: string }> {
    try {
      await this.readiness.check();
    } catch (cause) {
      throw new AppError(
        'busy',
        `Not ready: ${(cause as Error).message}`,
        { retryAfter: 1 },
        { cause },
      );
    }
    return { status: 'ready' };
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  read(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
