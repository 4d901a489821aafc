import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

const BUFFER_BYTES = 65_536;

/** JSON lines on standard output, buffered so that a line costs the query path next to nothing. */
export function createLogger(processName: string, level: string): Logger {
  return pino(
    {
      level,
      base: { process: processName },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 1, sync: false, minLength: BUFFER_BYTES, maxWrite: 2 * BUFFER_BYTES }),
  );
}

const FLUSH_EVERY_MS = 500;

/** Buffered lines are written at least this often. */
export function flushRegularly(logger: Logger): void {
  setInterval(() => logger.flush(), FLUSH_EVERY_MS).unref();
}

/** Nest's own words, in the same format: objects are our log lines, text its start-up chatter. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    if (typeof message === 'object') this.logger.info({ context, ...message });
    else this.logger.debug({ context }, String(message));
  }
  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.logger.error({ context, stack }, String(message));
  }
  fatal(message: unknown, context?: string): void {
    this.logger.fatal({ context }, String(message));
  }
  debug(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }
}
