import { readdirSync, readFileSync } from 'node:fs';

// USER_HZ of proc(5): 100 on every Linux that Node runs on.
const TICK_MS = 10;

/**
 * CPU time in milliseconds that a process has used, with that of its children if wanted: those
 * that ended are in its own account, those that live are added. Unlike rates it hardly changes
 * when the machine has other work. Undefined where there is no /proc.
 *
 * @param {number} pid
 * @param {{ withChildren?: boolean }} [options]
 * @returns {number | undefined}
 */
export function cpuTimeMs(pid, { withChildren = false } = {}) {
  const own = readStat(pid);
  if (own === undefined) return undefined;
  if (!withChildren) return own.selfTicks * TICK_MS;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat?.parent === pid);
  const living = children.reduce((sum, stat) => sum + (stat?.selfTicks ?? 0), 0);
  return (own.selfTicks + own.endedTicks + living) * TICK_MS;
}

function readStat(/** @type {number} */ pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name, in parentheses, may hold anything; the fields after it are numbers but for the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (/** @type {number} */ number) => Number(fields[number - 3]);
  return { parent: field(4), selfTicks: field(14) + field(15), endedTicks: field(16) + field(17) };
}
