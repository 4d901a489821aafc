import { AccountsAndDatabases1766000000001 } from './0001-accounts-and-databases';

/** In the order they are applied. Bundled code has no files to glob, so they are listed. */
export const MIGRATIONS = [AccountsAndDatabases1766000000001];
