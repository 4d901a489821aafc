/** @typedef {Awaited<ReturnType<typeof import('./seed.mjs').seed>>} Seeded */

/**
 * What `$HOWDAH_HOME/local.json` tells other programs on this machine about the running howdah.
 *
 * @param {{ urls: Record<string, string>, controlDatabase: string, operatorToken: string, seeded: Seeded }} facts
 */
export function localJson({ urls, controlDatabase, operatorToken, seeded }) {
  const { owner, developer, database } = seeded;
  const { port } = new URL(String(urls.gateway));
  const host = `${database.id.replace('_', '-')}.localhost:${port}`;
  return {
    ...urls,
    controlDatabase,
    operatorToken,
    owner,
    developer,
    database: { ...database, connectionString: `postgresql://key:${database.key}@${host}/db` },
  };
}

/** A command that asks the demo database something, whole as it is; the key stays in its file. */
export function curlLine(/** @type {string} */ localFile, /** @type {string} */ databaseUrl) {
  const script = `require(${JSON.stringify(localFile)}).database.key`;
  return [
    `curl -s ${databaseUrl}/sql`,
    `-H "authorization: Bearer $(node -p ${shellQuoted(script)})"`,
    `-H 'content-type: application/json'`,
    `-d '{"query": "select * from todos"}'`,
  ].join(' ');
}

function shellQuoted(/** @type {string} */ text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
