import { chmodSync, cpSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Copies a folder so that every user can read it and run what its owner could run, whatever this
 * process's umask is. Copied under another name first: whoever finds the folder finds it whole.
 *
 * @param {string} from
 * @param {string} to
 */
export function copyForAll(from, to) {
  const draft = `${to}.${process.pid}`;
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true });
  openForAll(draft);
  try {
    renameSync(draft, to);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(to)) throw error;
  }
}

/** Lets every user read a file or a whole folder; symbolic links are left as they are. */
export function openForAll(/** @type {string} */ path) {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return;
  const isRunnable = found.isDirectory() || (found.mode & 0o100) !== 0;
  chmodSync(path, isRunnable ? 0o755 : 0o644);
  if (found.isDirectory()) for (const name of readdirSync(path)) openForAll(join(path, name));
}
