import { EnvError } from '@howdah/kernel';

/** Runs a process's start, and ends it with a readable reason when that fails. */
export function startProcess(name: string, start: () => Promise<void>): void {
  const fail = (error: unknown): never => {
    const reason = error instanceof EnvError ? error.message : (error as Error).stack;
    process.stderr.write(`${name} could not start. ${reason}\n`);
    process.exit(1);
  };
  start().catch(fail);
}
