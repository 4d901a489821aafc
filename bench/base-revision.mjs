import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../scripts/build-all.mjs';
import { ExpectedError } from '../scripts/expected-error.mjs';
import { inheritedEnv, runToEnd } from '../scripts/processes.mjs';
import { ROOT } from '../scripts/settings.mjs';

/**
 * Builds another revision of this repository in a folder that is gone afterwards, with the packages
 * that are installed here.
 *
 * @template T
 * @param {string} revision such as a commit or a tag
 * @param {AbortSignal} signal
 * @param {(root: string, commit: string) => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {ExpectedError} if there is no such revision, or it cannot be built
 */
export async function withRevision(revision, signal, work) {
  const commit = await commitOf(revision);
  const folder = mkdtempSync(join(tmpdir(), 'howdah-base-'));
  const root = join(folder, 'howdah');
  try {
    await git('worktree', 'add', '--detach', root, commit);
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    await build(root, signal);
    return await work(root, commit);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await git('worktree', 'prune');
  }
}

async function commitOf(/** @type {string} */ revision) {
  try {
    return (await git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`)).trim();
  } catch {
    throw new ExpectedError(`There is no revision ${revision} in this repository`);
  }
}

async function git(/** @type {string[]} */ ...args) {
  return await runToEnd({ name: 'git', command: 'git', args, env: inheritedEnv(), cwd: ROOT });
}
