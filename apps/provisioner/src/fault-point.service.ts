import { Inject, Injectable } from '@nestjs/common';
import type { ProvisionerEnv } from './env';
import { PROVISIONER_ENV } from './provisioner-env.token';

/**
 * Places between two steps, by name. Tests set FAULT_AFTER to one of them and the process dies
 * there without a word, so that it can be shown that nothing stays half made.
 */
@Injectable()
export class FaultPoint {
  constructor(@Inject(PROVISIONER_ENV) private readonly env: ProvisionerEnv) {}

  pass(name: string): void {
    if (this.env.FAULT_AFTER === name) process.kill(process.pid, 'SIGKILL');
  }
}
