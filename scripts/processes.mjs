import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExpectedError } from './expected-error.mjs';

const POLL_MS = 50;
const PROBE_MS = 2_000;
const STOP_MS = 10_000;
const READY_MS = 60_000;

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null, error?: Error }} Exit */
/** @typedef {{ uid: number, gid: number }} Account */

/**
 * @typedef {object} ServiceOptions
 * @property {string} name what it is called in messages
 * @property {string} [command] default: this Node
 * @property {readonly string[]} args
 * @property {NodeJS.ProcessEnv} env all of its environment; see `inheritedEnv`
 * @property {string} [cwd]
 * @property {string} logFile takes both its outputs; the file of the run before is kept as `….1`
 * @property {NodeJS.Signals} [stopSignal] default SIGTERM
 * @property {number} [stopMs] from that signal to the next, and at last to SIGKILL; default 10 s
 * @property {NodeJS.Signals} [harderSignal] sent in between, to one that can end its children by itself
 * @property {Account} [account] whom to run as, if this process is root
 */

/** A process that was started to stay up. */
export class Service {
  /** Settles when the process has ended, in whatever way; never rejects. @type {Promise<Exit>} */
  exited;
  /** @type {Exit | undefined} */
  exit;

  /**
   * @param {ServiceOptions} options
   * @param {import('node:child_process').ChildProcess} child
   */
  constructor({ name, logFile, stopSignal = 'SIGTERM', harderSignal, stopMs = STOP_MS }, child) {
    this.name = name;
    this.logFile = logFile;
    this.pid = child.pid ?? 0;
    this.stopSignals = harderSignal ? [stopSignal, harderSignal] : [stopSignal];
    this.stopMs = stopMs;
    this.exited = ended(child);
    this.exited.then((exit) => (this.exit = exit));
  }

  /** Asks it to stop, waits, and ends it if it does not. Harmless on one that has stopped. */
  async stop() {
    for (const signal of this.stopSignals) {
      this.signal(signal);
      if (await this.#endsInTime()) return await this.exited;
    }
    signalGroup(this.pid, 'SIGKILL');
    return await this.exited;
  }

  async #endsInTime() {
    const ended = new AbortController();
    const late = sleep(this.stopMs, 'late', { signal: ended.signal }).catch(() => 'ended');
    const first = await Promise.race([this.exited, late]);
    ended.abort();
    return first !== 'late';
  }

  /** Ends it at once, as a crash would. */
  async kill() {
    if (!this.exit) signalGroup(this.pid, 'SIGKILL');
    return await this.exited;
  }

  signal(/** @type {NodeJS.Signals} */ signal) {
    if (this.exit || this.pid === 0) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
    }
  }

  /**
   * Waits until `url` answers 200.
   *
   * @param {string} url
   * @param {{ timeoutMs?: number, signal?: AbortSignal }} [options] default 60 s
   */
  async ready(url, { timeoutMs = READY_MS, signal } = {}) {
    const until = Date.now() + timeoutMs;
    for (let last = 'no answer'; ; await sleep(POLL_MS)) {
      signal?.throwIfAborted();
      if (this.exit) throw new ExpectedError(this.obituary());
      last = await probe(url);
      if (last === '200') return;
      if (Date.now() > until) {
        throw new ExpectedError(
          `${this.name} is not ready after ${timeoutMs / 1_000} s: ${url} gives ${last}.\n${this.lastWords()}`,
        );
      }
    }
  }

  /** How it ended, with the end of its log. */
  obituary() {
    const { code, signal, error } = this.exit ?? {};
    const how = error ? error.message : signal ? `by ${signal}` : `with exit code ${code}`;
    return `${this.name} stopped by itself, ${how}.\n${this.lastWords()}`;
  }

  tail(lines = 20) {
    return tailOf(this.logFile, lines);
  }

  lastWords() {
    return `The end of ${this.logFile}:\n${this.tail().replace(/^/gm, '  ')}`;
  }
}

/**
 * Starts a process that stays up. It leads a process group of its own, so that Ctrl-C in the
 * terminal reaches us alone and the order of stopping is ours.
 *
 * @param {ServiceOptions} options
 * @returns {Service}
 */
export function spawnService(options) {
  const { args, env, cwd, logFile, account, stopSignal = 'SIGTERM' } = options;
  const log = openLog(logFile);
  try {
    const [command, ...rest] = dieWithParent(stopSignal, options.command ?? process.execPath, args);
    const child = spawn(String(command), rest, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log],
      ...account,
    });
    return new Service(options, child);
  } finally {
    closeSync(log);
  }
}

/**
 * Runs a command that is expected to end by itself.
 *
 * @param {Pick<ServiceOptions, 'name' | 'command' | 'args' | 'env' | 'cwd' | 'account'> & { signal?: AbortSignal }} options
 * @returns {Promise<string>} what it printed
 * @throws {ExpectedError} with the end of what it printed, if it fails
 */
export async function runToEnd({ name, command = process.execPath, args, signal, ...how }) {
  signal?.throwIfAborted();
  const { account, ...rest } = how;
  const [first, ...others] = dieWithParent('SIGTERM', command, args);
  const stdio = /** @type {['ignore', 'pipe', 'pipe']} */ (['ignore', 'pipe', 'pipe']);
  const child = spawn(String(first), others, { ...rest, ...account, detached: true, stdio });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-64_000)));
  }
  const interrupt = () => signalGroup(child.pid ?? 0, 'SIGTERM');
  signal?.addEventListener('abort', interrupt, { once: true });
  const { code, signal: killedBy, error } = await ended(child, 'close');
  signal?.removeEventListener('abort', interrupt);
  signal?.throwIfAborted();
  if (code === 0) return output;
  const reason = error?.message ?? (killedBy ? `ended by ${killedBy}` : `exit code ${code}`);
  throw new ExpectedError(`${name} failed (${reason}):\n${ends(output).replace(/^/gm, '  ')}`);
}

/** Our environment without what would lead a child to somebody else's Postgres. */
export function inheritedEnv() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^PG[A-Z]+$/.test(name)),
  );
}

/** The last lines of a file; empty if there is none. */
function tailOf(/** @type {string} */ file, lines = 20) {
  try {
    return lastLines(readFileSync(file, 'utf8'), lines);
  } catch {
    return '';
  }
}

/** The beginning and the end of what a command printed: some say what is wrong first, some last. */
function ends(/** @type {string} */ output) {
  const lines = output.trimEnd().split('\n');
  return lines.length <= 40
    ? lines.join('\n')
    : [...lines.slice(0, 12), '…', ...lines.slice(-28)].join('\n');
}

function lastLines(/** @type {string} */ text, /** @type {number} */ count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {'exit' | 'close'} event `close` waits for its output too
 * @returns {Promise<Exit>}
 */
function ended(child, event = 'exit') {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.once(event, (code, signal) => resolve({ code, signal }));
  });
}

function signalGroup(/** @type {number} */ pid, /** @type {NodeJS.Signals} */ signal) {
  if (pid === 0) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

function openLog(/** @type {string} */ file) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  rmSync(`${file}.1`, { force: true });
  try {
    renameSync(file, `${file}.1`);
  } catch {
    // The first run has no log before it.
  }
  return openSync(file, 'a', 0o600);
}

/** @returns {Promise<string>} the status, or why there is none */
function probe(/** @type {string} */ url) {
  return new Promise((resolve) => {
    // No agent: a connection kept open would have to be waited for when the service stops.
    const request = get(url, { agent: false, timeout: PROBE_MS }, (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', (error) => resolve(error.message || 'no answer'));
  });
}

/** @type {boolean | undefined} */
let setprivWorks;

/**
 * If this process is killed outright it can stop nothing any more. Linux can: prctl(2),
 * PR_SET_PDEATHSIG. Elsewhere the next start finds what is left over.
 *
 * @param {NodeJS.Signals} signal
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {string[]}
 */
function dieWithParent(signal, command, args) {
  setprivWorks ??= process.platform === 'linux' && hasPdeathsig();
  if (!setprivWorks) return [command, ...args];
  return ['setpriv', '--pdeathsig', signal.slice(3), '--', command, ...args];
}

function hasPdeathsig() {
  try {
    return execFileSync('setpriv', ['--help'], { encoding: 'utf8' }).includes('--pdeathsig');
  } catch {
    return false;
  }
}
