import { readFile } from 'node:fs/promises';
import { type BackendProcess, isLocal } from './local-process';

/** Below this share of the machine's memory somebody has to go, before the kernel chooses who. */
const LOW = 0.1;
const KB = 1024;

/**
 * The backend to end for its memory; null while there is enough, or where the cluster is not on this
 * machine. Each backend has a limit of its own (`ulimit -v`); this is about many of them at once. The
 * kernel's choice could be the postmaster, and any it kills restarts Postgres under all tenants.
 */
export async function greediest<B extends BackendProcess>(
  backends: readonly B[],
  procRoot = '/proc',
): Promise<B | null> {
  if (backends.length === 0 || !(await isLow(procRoot))) return null;
  let most: { backend: B; bytes: number } | null = null;
  for (const backend of backends) {
    const bytes = await ownBytes(backend, procRoot);
    if (bytes > (most?.bytes ?? 0)) most = { backend, bytes };
  }
  return most?.backend ?? null;
}

async function isLow(procRoot: string): Promise<boolean> {
  const text = await readFile(`${procRoot}/meminfo`, 'latin1').catch(() => '');
  const total = kilobytes(text, 'MemTotal');
  return total > 0 && kilobytes(text, 'MemAvailable') < total * LOW;
}

/** Resident memory without what is shared; 0 for a process that is none of these. */
async function ownBytes(backend: BackendProcess, procRoot: string): Promise<number> {
  if (!(await isLocal(backend, procRoot))) return 0;
  const text = await readFile(`${procRoot}/${backend.pid}/status`, 'latin1').catch(() => '');
  return kilobytes(text, 'RssAnon') * KB;
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}
