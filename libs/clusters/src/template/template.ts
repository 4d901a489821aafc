import type { ServerTraits } from '../cluster-context';
import type { AdminConnection, Run } from '../session/admin-connection';
import { sqlState } from '../session/cluster-error';
import { HALF_DROPPED, OPERATOR_ROLE } from '../tenant/role-names';
import { identifier } from '../tenant/tenant';
import { TEMPLATE_NAMES, templateName } from './template-sql';

const OBJECT_IN_USE = '55006';

/**
 * Makes the template that customer databases are copied from, unless it is there. It is built under
 * another name and gets its own last, in one transaction with its flags: where that name exists,
 * it is whole. To be called by one process at a time.
 */
export async function prepareTemplate(
  admin: AdminConnection,
  run: Run,
  { major, rights }: ServerTraits,
): Promise<void> {
  const name = templateName(major, rights.templateSql);
  const there = await run<{ whole: boolean }>(
    'SELECT datconnlimit <> $2 AS whole FROM pg_database WHERE datname = $1',
    [name, HALF_DROPPED],
  );
  if (there[0]?.whole) return;
  if (there[0]) await run(`DROP DATABASE ${identifier(name)}`);
  const building = `${name}_building`;
  await run(`DROP DATABASE IF EXISTS ${identifier(building)} WITH (FORCE)`);
  // From template0, as template1 may hold anything; closed to all from the start.
  await run(
    `CREATE DATABASE ${identifier(building)} TEMPLATE template0 ENCODING 'UTF8'
       OWNER ${identifier(OPERATOR_ROLE)} CONNECTION LIMIT 0`,
  );
  await run(`
    REVOKE ALL ON DATABASE ${identifier(building)} FROM PUBLIC;
    ALTER DATABASE ${identifier(building)} CONNECTION LIMIT -1;`);
  await admin.inDatabase(building, rights.templateSql);
  await run(`
    ALTER DATABASE ${identifier(building)} ALLOW_CONNECTIONS false IS_TEMPLATE true;
    ALTER DATABASE ${identifier(building)} RENAME TO ${identifier(name)};`);
}

/**
 * Drops the templates of other versions of this code. A worker of such a version, still running
 * beside this one, makes its own again at its next creation.
 */
export async function dropOldTemplates(run: Run, { major, rights }: ServerTraits): Promise<void> {
  const old = await run<{ datname: string; datistemplate: boolean }>(
    'SELECT datname, datistemplate FROM pg_database WHERE datname ~ $1 AND datname <> $2',
    [TEMPLATE_NAMES, templateName(major, rights.templateSql)],
  );
  for (const { datname, datistemplate } of old) {
    if (datistemplate) await run(`ALTER DATABASE ${identifier(datname)} IS_TEMPLATE false`);
    await run(`DROP DATABASE IF EXISTS ${identifier(datname)}`).catch((error: unknown) => {
      // Being copied at this moment: the next start drops it.
      if (sqlState(error) !== OBJECT_IN_USE) throw error;
    });
  }
}
