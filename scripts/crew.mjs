import { rmSync } from 'node:fs';
import { ExpectedError } from './expected-error.mjs';
import { watchLog } from './log-watch.mjs';
import { writePrivateJson } from './private-file.mjs';
import { identify } from './process-identity.mjs';
import { complain } from './terminal.mjs';

/** @typedef {import('./processes.mjs').Service} Service */

/**
 * All processes of one run. If one dies the run is over: `stop` is aborted with what happened.
 * Who is running is kept in a file, for the start after one that was killed.
 */
export class Crew {
  /** @type {Service[]} */
  #members = [];
  /** @type {Service | undefined} */
  #storage;
  #stopping = false;
  #recordFile;
  #stop;

  constructor(/** @type {string} */ recordFile, /** @type {AbortController} */ stop) {
    this.#recordFile = recordFile;
    this.#stop = stop;
  }

  /** Takes in a service. One that all others need is stopped after them. */
  add(/** @type {Service} */ service, { neededByAll = false } = {}) {
    if (neededByAll) this.#storage = service;
    else this.#members.push(service);
    this.#record();
    const unwatch = watchLog(service.name, service.logFile, complain);
    service.exited.then(() => {
      unwatch();
      if (!this.#stopping) this.#stop.abort(new ExpectedError(service.obituary()));
    });
    return service;
  }

  async stopAll() {
    this.#stopping = true;
    await Promise.all(this.#members.map((service) => service.stop()));
    await this.#storage?.stop();
    rmSync(this.#recordFile, { force: true });
  }

  /** For the reader who presses Ctrl-C again. Postgres still gets its time: it holds the data. */
  hurry() {
    for (const service of this.#members) void service.kill();
  }

  #record() {
    const running = [...this.#members, ...(this.#storage ? [this.#storage] : [])].flatMap(
      ({ name, pid }) => ({ name, ...identify(pid) }),
    );
    writePrivateJson(this.#recordFile, { ...identify(process.pid), running });
  }
}
