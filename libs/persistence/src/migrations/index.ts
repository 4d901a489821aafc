import { AccountsAndDatabases1766000000001 } from './0001-accounts-and-databases';
import { LimitsThatHold1766000000002 } from './0002-limits-that-hold';

/** In the order they are applied. Bundled code has no files to glob, so they are listed. */
export const MIGRATIONS = [AccountsAndDatabases1766000000001, LimitsThatHold1766000000002];
