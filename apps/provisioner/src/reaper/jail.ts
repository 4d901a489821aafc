import { readFile, writeFile } from 'node:fs/promises';

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
 * SIGKILL: Postgres would restart under all tenants. Whether the process id is that backend's is
 * seen by its title, `postgres: <role> <database> …`; elsewhere it is somebody else's.
 */
export async function jail(
  backend: { pid: number; role: string; database: string },
  { cgroup, procRoot = '/proc' }: JailOptions,
): Promise<Jailed> {
  if (!(await isBackend(backend, procRoot))) return 'not local';
  const pid = String(backend.pid);
  if (cgroup !== undefined && (await wrote(`${cgroup}/cgroup.procs`, pid))) return 'cgroup';
  const autogroup = `${procRoot}/${pid}/autogroup`;
  return (await wrote(autogroup, LOWEST)) ? 'autogroup' : 'not permitted';
}

async function isBackend(
  { pid, role, database }: { pid: number; role: string; database: string },
  procRoot: string,
): Promise<boolean> {
  const title = await readFile(`${procRoot}/${pid}/cmdline`, 'latin1').catch(() => '');
  return title.startsWith('postgres: ') && title.includes(` ${role} ${database} `);
}

async function wrote(path: string, text: string): Promise<boolean> {
  return writeFile(path, text, { flag: 'r+' }).then(
    () => true,
    () => false,
  );
}
