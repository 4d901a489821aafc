import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { ROOT } from '../scripts/settings.mjs';

/** What figures depend on. `loadBefore`: what else ran, as the average of the last minute. */
export async function machineFacts(/** @type {import('./stack.mjs').Stack} */ stack) {
  const [{ server_version: postgres }] = await stack.admin('show server_version');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    postgres: String(postgres),
    loadBefore: Number(loadavg()[0]?.toFixed(2)),
  };
}

/** @returns {{ commit: string, changed: boolean } | null} null outside of a clone */
export function commitFacts() {
  try {
    const changes = git('status', '--porcelain', '--', 'apps', 'libs', 'package-lock.json');
    return { commit: git('rev-parse', 'HEAD'), changed: changes !== '' };
  } catch {
    return null;
  }
}

function git(/** @type {string[]} */ ...args) {
  return execFileSync('git', args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
