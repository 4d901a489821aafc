import { writeFile } from 'node:fs/promises';
import { type BackendProcess, isLocal } from './local-process';

/** How a process was held: by its cgroup, by its autogroup, or not at all. */
export type Jailed = 'cgroup' | 'autogroup' | 'not local' | 'not permitted';

export interface JailOptions {
  /** A cgroup (v2) with a small `cpu.max`; without one the process' autogroup is turned down. */
  cgroup: string | undefined;
  /** `/proc`, but for tests. */
  procRoot?: string;
}

/** The weakest: some 4 % of a core beside another that wants it (`sched(7)`, "The autogroup feature"). */
const LOWEST = '19';

/**
 * Takes the CPU away from a backend that nothing ends, where its cluster runs on this machine. Never
 * SIGKILL: Postgres would restart under all tenants.
 */
export async function jail(
  backend: BackendProcess,
  { cgroup, procRoot = '/proc' }: JailOptions,
): Promise<Jailed> {
  if (!(await isLocal(backend, procRoot))) return 'not local';
  const pid = String(backend.pid);
  if (cgroup !== undefined && (await wrote(`${cgroup}/cgroup.procs`, pid))) return 'cgroup';
  const autogroup = `${procRoot}/${pid}/autogroup`;
  return (await wrote(autogroup, LOWEST)) ? 'autogroup' : 'not permitted';
}

async function wrote(path: string, text: string): Promise<boolean> {
  return writeFile(path, text, { flag: 'r+' }).then(
    () => true,
    () => false,
  );
}
