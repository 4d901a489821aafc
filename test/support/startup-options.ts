/** Settings that a session begins with, before those of its role and of its database. */
type Settings = Readonly<Record<string, string | number>>;

/** The limits of statements are for tenants; a story's own looks may take longer. */
export const UNHURRIED = { statement_timeout: 0, lock_timeout: 0 } satisfies Settings;

/** Customers' databases are read-only to who does not say otherwise. */
export const WRITING = { default_transaction_read_only: 'off' } satisfies Settings;

/** `options` of a startup packet; values hold no spaces. */
export function startupOptions(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
