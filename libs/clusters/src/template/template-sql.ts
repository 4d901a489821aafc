import { createHash } from 'node:crypto';
import {
  BLOCKED_LANGUAGES,
  REVOKED_FUNCTIONS,
  REVOKED_VIEWS,
  UNINDEXED_TYPES,
  type RevokedFunctions,
} from './template-revokes';
import { identifier, literal } from '../tenant/tenant';

/** Outcomes of requests with an Idempotency-Key, kept in the customer's own database. */
export const REQUESTS_TABLE_SQL = `
  CREATE SCHEMA IF NOT EXISTS howdah;
  CREATE TABLE IF NOT EXISTS howdah.requests (
    key text PRIMARY KEY,
    fingerprint bytea NOT NULL,
    response bytea,
    created_at timestamptz NOT NULL DEFAULT now()
  );`;

/** `pg_catalog` names only: the session that runs this has no other schema in its search path. */
export function templateSql(): string {
  return [
    revokeFunctions(REVOKED_FUNCTIONS),
    ...REVOKED_VIEWS.map((view) => `REVOKE ALL ON pg_catalog.${identifier(view)} FROM PUBLIC;`),
    // Postgres refuses to DROP what it came with; nothing else refers to these rows.
    ...UNINDEXED_TYPES.map(
      (t) => `DELETE FROM pg_opclass WHERE opcintype = ${literal(t)}::regtype;`,
    ),
    ...BLOCKED_LANGUAGES.map(blockLanguage),
    plainTemplateSql(),
  ].join('\n');
}

/** The part for which its maker need not be a superuser. */
export function plainTemplateSql(): string {
  return [
    'REVOKE ALL ON SCHEMA public FROM PUBLIC;',
    REQUESTS_TABLE_SQL,
    'CREATE INDEX ON howdah.requests (created_at);',
  ].join('\n');
}

/** `tmpl_` and a digest of all that makes the template, so that no version number is forgotten. */
export function templateName(serverMajor: number, sql: string): string {
  const digest = createHash('sha256').update(`${serverMajor}\n${sql}`).digest('hex');
  return `tmpl_${digest.slice(0, 8)}`;
}

/** Every template, also of other versions of this code, as a Postgres regular expression. */
export const TEMPLATE_NAMES = '^tmpl_[0-9a-f]{8}$';

function revokeFunctions(groups: readonly RevokedFunctions[]): string {
  return `DO $revoke$
    DECLARE target regprocedure;
    BEGIN
      FOR target IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND (${groups.map(matches).join(' OR ')})
      LOOP
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', target);
      END LOOP;
    END $revoke$;`;
}

function matches({ names, types }: RevokedFunctions): string {
  const conditions = [];
  if (names) conditions.push(`p.proname ~ ${literal(names)}`);
  for (const type of types ?? []) {
    const wanted = `${literal(type)}::regtype`;
    conditions.push(`${wanted} = ANY (p.proargtypes::oid[])`, `p.prorettype = ${wanted}`);
  }
  return `(${conditions.join(' OR ')})`;
}

/**
 * The placeholder joins the extension plpgsql, which a tenant cannot drop: pg_dump leaves out what
 * belongs to an extension, and an export that made a language would not restore elsewhere.
 */
function blockLanguage(language: string): string {
  const name = identifier(language);
  return `CREATE LANGUAGE ${name} HANDLER pg_catalog.plpgsql_call_handler;
    ALTER EXTENSION plpgsql ADD LANGUAGE ${name};`;
}
