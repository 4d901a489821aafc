/** Owns every customer database, so that no customer may ALTER, GRANT on or DROP one. */
export const OPERATOR_ROLE = 'tenant_op';

/** Lets pg_hba.conf name the logins that are not named as their database: `+howdah_tenant_clients`. */
export const CLIENTS_ROLE = 'howdah_tenant_clients';

/** `pg_database.datconnlimit` where DROP DATABASE began: such a one can only be dropped. */
export const HALF_DROPPED = -2;
