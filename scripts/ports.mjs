import { createServer } from 'node:net';
import { ExpectedError } from './expected-error.mjs';

// Services listen on `localhost`, which is both; Postgres on the first.
const LOOPBACKS = ['127.0.0.1', '::1'];

/**
 * @param {Partial<Record<string, number>>} ports by what they are for
 * @param {number} portBase
 */
export async function requireFreePorts(ports, portBase) {
  const wanted = Object.entries(ports).map(([name, port]) => ({ name, port: Number(port) }));
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
  const taken = wanted.filter((_, index) => !free[index]);
  if (taken.length === 0) return;
  const list = taken.map(({ name, port }) => `${port} (${name})`).join(', ');
  const other = portBase < 60_000 ? portBase + 1_000 : 3_000;
  throw new ExpectedError(
    `${taken.length === 1 ? 'Port' : 'Ports'} ${list} taken by another program, or not allowed to this user.\n` +
      `Stop that program, or choose other ports: PORT_BASE=${other} npm start   (PORT_BASE is ${portBase} now)`,
  );
}

/** A port of 127.0.0.1 that nothing listens on at this moment. */
export async function freePort() {
  return await listenOnce(0, '127.0.0.1');
}

async function isFree(/** @type {number} */ port) {
  for (const host of LOOPBACKS) {
    try {
      await listenOnce(port, host);
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'EADDRINUSE' || code === 'EACCES') return false;
      // Any other failure means that this machine has no such address: no IPv6, for one.
    }
  }
  return true;
}

/** @returns {Promise<number>} */
function listenOnce(/** @type {number} */ port, /** @type {string} */ host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(address.port));
    });
  });
}
