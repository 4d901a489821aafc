import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/** @typedef {{ pid: number, startedAt: string }} ProcessIdentity */

/**
 * A pid is used again sooner or later; a pid and its start time name one process.
 *
 * @param {number} pid
 * @returns {ProcessIdentity | undefined} undefined if there is no such process
 */
export function identify(pid) {
  const startedAt = process.platform === 'linux' ? startTicks(pid) : startDate(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isRunning(/** @type {ProcessIdentity} */ { pid, startedAt }) {
  return identify(pid)?.startedAt === startedAt;
}

/** The words a process was started with; empty if there is no such process. */
export function commandLine(/** @type {number} */ pid) {
  if (process.platform !== 'linux') return ps(pid, 'command') ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/**
 * Ends a process that this one did not start: first politely, then not.
 *
 * @param {ProcessIdentity} identity
 * @param {{ signal: NodeJS.Signals, timeoutMs: number }} how
 */
export async function end(identity, { signal, timeoutMs }) {
  send(identity.pid, signal);
  if (await goneWithin(identity, timeoutMs)) return;
  send(identity.pid, 'SIGKILL');
  await goneWithin(identity, 5_000);
}

async function goneWithin(/** @type {ProcessIdentity} */ identity, /** @type {number} */ ms) {
  for (const until = Date.now() + ms; Date.now() < until; await sleep(POLL_MS)) {
    if (!isRunning(identity)) return true;
  }
  return !isRunning(identity);
}

function send(/** @type {number} */ pid, /** @type {NodeJS.Signals} */ signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/** proc_pid_stat(5): fields 3 (state) and 22 (start time); field 2 is a name that may hold anything. */
function startTicks(/** @type {number} */ pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startDate(/** @type {number} */ pid) {
  return ps(pid, 'stat')?.startsWith('Z') ? undefined : ps(pid, 'lstart');
}

function ps(/** @type {number} */ pid, /** @type {string} */ column) {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
