import pg from 'pg';

/** Where the catalogs that all databases share are read, and databases made. */
export const HOME_DATABASE = 'postgres';

/** Server settings of a session: they win over those of the role, the database and the server. */
export type SessionSettings = Readonly<Record<string, string | number>>;

export interface SessionWanted {
  database: string;
  settings: SessionSettings;
  /** Whose session; the admin's if left out. */
  login?: { user: string; password: string };
  connectTimeoutMs: number;
  /** How long the client waits for an answer; undefined: as long as it takes. */
  answerTimeoutMs?: number;
}

/** A session on the server that the admin's URL names, over TLS as that says. */
export function sessionConfig(adminUrl: string, wanted: SessionWanted): pg.ClientConfig {
  const url = new URL(adminUrl);
  url.pathname = `/${wanted.database}`;
  url.searchParams.set('options', startupOptions(wanted.settings));
  if (wanted.login) {
    url.username = encodeURIComponent(wanted.login.user);
    url.password = encodeURIComponent(wanted.login.password);
  }
  return {
    connectionString: url.href,
    application_name: 'howdah-cluster',
    connectionTimeoutMillis: wanted.connectTimeoutMs,
    query_timeout: wanted.answerTimeoutMs,
    keepAlive: true,
  };
}

/**
 * A superuser inside a customer's database must not run the customer's code: with another search
 * path even `lower('x')` may be theirs. The limits replace those of the cluster, which are meant
 * for tenants and too short for CREATE DATABASE.
 */
export function adminSettings(limits: {
  statementTimeoutMs: number;
  lockTimeoutMs: number;
}): SessionSettings {
  return {
    search_path: 'pg_catalog',
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: limits.statementTimeoutMs,
    client_min_messages: 'warning',
    // Customers' databases are read-only to who does not say otherwise.
    default_transaction_read_only: 'off',
  };
}

function startupOptions(settings: SessionSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${String(value).replaceAll(' ', '\\ ')}`)
    .join(' ');
}
