import { Customer } from './customer.mjs';
import { CREATE_PEOPLE } from './people.mjs';

/** @typedef {import('./stack.mjs').Stack} Stack */

/**
 * A customer's new database with the table of people, vacuumed: autovacuum would otherwise come by
 * in the middle of a measurement. Needs a provisioner that runs.
 *
 * @param {Stack} stack
 * @param {string} gatewayUrl
 * @returns {Promise<import('./customer.mjs').Database>}
 */
export async function makePeopleDatabase(stack, gatewayUrl) {
  const customer = await Customer.signUp(gatewayUrl, stack.signal);
  const database = await customer.requestDatabase();
  for (const statement of ['select 1', ...CREATE_PEOPLE]) {
    await customer.firstRows(database, statement);
  }
  const url = new URL(stack.postgres.adminUrl);
  url.pathname = new URL(await stack.tenantUrl(database.id)).pathname;
  await stack.askAt(url.href, 'vacuum analyze people');
  return database;
}
