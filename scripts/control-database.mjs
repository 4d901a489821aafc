import { Client, escapeLiteral } from 'pg';

/**
 * The control plane's database and the role that owns it, made when missing, and no database that
 * just anybody may enter.
 *
 * @param {{ adminUrl: string, password: string }} options `password`: of the role `howdah`
 * @returns {Promise<string>} the URL for the role `howdah`
 */
export async function prepareControlDatabase({ adminUrl, password }) {
  const client = new Client({ connectionString: adminUrl, ssl: false });
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await ensureRole(client, password);
    const found = await client.query(`SELECT FROM pg_database WHERE datname = 'howdah'`);
    if (found.rowCount === 0) await client.query('CREATE DATABASE howdah OWNER howdah');
    await client.query('REVOKE CONNECT ON DATABASE howdah, postgres, template1 FROM PUBLIC');
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.username = 'howdah';
  url.password = password;
  url.pathname = '/howdah';
  return url.href;
}

/** The server's own timeouts are those for customers; ours do longer work. */
async function ensureRole(/** @type {Client} */ client, /** @type {string} */ password) {
  const found = await client.query(`SELECT FROM pg_roles WHERE rolname = 'howdah'`);
  if (found.rowCount === 0) await client.query('CREATE ROLE howdah LOGIN');
  await client.query(`ALTER ROLE howdah PASSWORD ${escapeLiteral(password)}`);
  for (const [name, value] of [
    ['statement_timeout', '60s'],
    ['lock_timeout', '10s'],
    ['idle_in_transaction_session_timeout', '60s'],
  ]) {
    await client.query(`ALTER ROLE howdah SET ${name} = '${value}'`);
  }
  for (const name of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) {
    await client.query(`ALTER ROLE postgres SET ${name} = 0`);
  }
}
