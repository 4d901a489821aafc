/**
 * Class of the advisory locks, in the home database, that say of a tenant's session by its process
 * id that it reclaims space and may take its time: "recl" in ASCII.
 */
export const RECLAIM_LOCK_CLASS = 0x7265_636c;
