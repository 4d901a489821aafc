import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayClient } from '../scripts/gateway-client.mjs';

const READY_MS = 60_000;
const POLL_MS = 2;
const NOT_READY = 503;

/** @typedef {{ id: string, secret: string, path: string }} Database */

/** Somebody with an account, who asks for databases as the console does. */
export class Customer {
  #client;
  #token;

  constructor(/** @type {GatewayClient} */ client, /** @type {string} */ token) {
    this.#client = client;
    this.#token = token;
  }

  static async signUp(/** @type {string} */ url, /** @type {AbortSignal} */ signal) {
    const client = new GatewayClient(url, signal);
    const email = `${randomBytes(8).toString('hex')}@example.com`;
    const { body } = await client.call('POST', '/v1/accounts', {
      body: { email, password: randomBytes(16).toString('hex') },
    });
    return new Customer(client, body.token);
  }

  /** Answered before the database is ready. @returns {Promise<Database>} */
  async requestDatabase() {
    const { body } = await this.#client.call('POST', '/v1/databases', {
      token: this.#token,
      body: { name: 'bench' },
    });
    const { id } = body.database;
    return { id, secret: body.key.secret, path: `/v1/databases/${id}/sql` };
  }

  /** Asks until the database is there to answer. @returns {Promise<Record<string, unknown>[]>} */
  async firstRows(
    /** @type {Database} */ database,
    /** @type {string} */ query,
    patienceMs = READY_MS,
  ) {
    for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(POLL_MS)) {
      const { status, body } = await this.#client.call('POST', database.path, {
        token: database.secret,
        body: { query },
        accept: [NOT_READY],
      });
      if (status !== NOT_READY) return body.rows;
    }
    throw new Error(`${database.id} was not ready in ${patienceMs / 1_000} s`);
  }
}
