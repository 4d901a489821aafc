import { ExpectedError } from './expected-error.mjs';

const TIMEOUT_MS = 30_000;

/** The gateway's public API, spoken to as any program would. */
export class GatewayClient {
  /**
   * @param {string} origin
   * @param {AbortSignal} [signal]
   */
  constructor(origin, signal) {
    this.origin = origin;
    this.signal = signal;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{ token?: string, body?: unknown, accept?: readonly number[] }} [options] `accept`:
   *   the statuses the caller knows what to do with, beside success
   * @returns {Promise<{ status: number, body: any }>}
   */
  async call(method, path, { token, body, accept = [] } = {}) {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL(path, this.origin), {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: this.signal ? AbortSignal.any([this.signal, timeout]) : timeout,
    });
    const text = await response.text();
    if (!response.ok && !accept.includes(response.status)) {
      throw new ExpectedError(
        `${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`,
      );
    }
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
}
