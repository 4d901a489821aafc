import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExpectedError } from './expected-error.mjs';
import { freePort } from './ports.mjs';
import { inheritedEnv, spawnService } from './processes.mjs';

const READY_MS = 10_000;

/** A `redis-server` from the PATH for the time of a test: a free port, nothing on disk. */
export async function startTemporaryRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'howdah-redis-'));
  const port = await freePort();
  const address = ['--port', String(port), '--bind', '127.0.0.1'];
  const withoutDisk = ['--save', '', '--appendonly', 'no'];
  const service = spawnService({
    name: 'redis-server',
    command: 'redis-server',
    args: [...address, '--dir', folder, ...withoutDisk, '--maxmemory-policy', 'noeviction'],
    env: inheritedEnv(),
    logFile: join(folder, 'log'),
  });
  const stop = async () => {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilItAnswers(service, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}

async function untilItAnswers(
  /** @type {import('./processes.mjs').Service} */ service,
  /** @type {number} */ port,
) {
  for (const until = Date.now() + READY_MS; !(await pings(port)); await sleep(50)) {
    if (service.exit) {
      throw new ExpectedError(
        `There is no Redis to test with: redis-server cannot be run.\n${service.tail()}\n` +
          'Install it (apt-get install redis-server, brew install redis), or name one that is not\n' +
          'used otherwise: REDIS_URL=redis://host:6379 npm run test:redis',
      );
    }
    if (Date.now() > until)
      throw new ExpectedError(`redis-server gives no answer.\n${service.lastWords()}`);
  }
}

/** @returns {Promise<boolean>} */
function pings(/** @type {number} */ port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
