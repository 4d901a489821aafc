import { ClusterContext, type ClusterOptions } from './cluster-context';
import { prepareCluster } from './prepare-cluster';
import { type ClusterFacts, probeCluster } from './probe/probe-cluster';
import { Reaper } from './reaper';
import { activity, countObjects, type ObjectCounts, sizes } from './storage/metering';
import { reclaim } from './storage/reclaim';
import { roleMentions, roleSettings, vacuumRoleCatalogs } from './storage/role-settings';
import { createDatabase, dropDatabase } from './tenant/copy-database';
import { dropGroups, dropLogins } from './tenant/drop-roles';
import { lockFamily } from './tenant/family-lock';
import { close, healLogins, openLogins, setConnectionLimit, suspend } from './tenant/logins';
import { createRolesSql, grantDatabaseSql } from './tenant/role-sql';
import { prepareSchemaSql } from './tenant/schema-sql';
import { rolesOf, type Tenant, type TenantNames } from './tenant/tenant';

/** The oldest Postgres that is tried with each release. */
const OLDEST_MAJOR = 15;

/**
 * One Postgres cluster, spoken to as its admin. Every method looks at what is there by name and
 * makes the rest, so that after a crash all of it can simply be run again.
 *
 * All throw `AppError('database_unreachable')` when the cluster is away; another failure is the
 * error of Postgres, which holds no password: only verifiers are ever sent.
 */
export class Cluster {
  readonly id: string;
  readonly #context: ClusterContext;

  constructor(options: ClusterOptions) {
    this.id = options.id;
    this.#context = new ClusterContext(options);
  }

  /** What the cluster is and can promise; changes nothing. */
  facts(): Promise<ClusterFacts> {
    return probeCluster(this.#context);
  }

  /**
   * Makes a cluster ready for tenants. Several processes may call this at once, at every start.
   *
   * @throws Error when the server is too old or its admin may not make databases and roles
   */
  async prepare(): Promise<ClusterFacts> {
    const { creator, version } = await this.facts();
    if (!creator) {
      throw new Error(
        `The admin of cluster ${this.id} may not make databases and roles: wanted is a superuser, ` +
          'or ALTER ROLE … CREATEDB CREATEROLE.',
      );
    }
    if (version < OLDEST_MAJOR) {
      throw new Error(
        `Cluster ${this.id} runs Postgres ${version}; ${OLDEST_MAJOR} is the oldest.`,
      );
    }
    await prepareCluster(this.#context);
    return this.facts();
  }

  async createRoles(tenant: Tenant): Promise<void> {
    const sql = createRolesSql(tenant, await this.#context.traits());
    await this.#context.admin.home(`${lockFamily(tenant.family)} ${sql}`);
  }

  /**
   * A copy of `tenant.source`, else of the template; nobody may log in to it yet. What belongs to a
   * database and not to its contents, privileges and settings of roles, is not copied: the steps
   * that follow make a fork as closed as its source.
   *
   * @throws AppError `busy` while the source has sessions, `not_found` when it is not there
   */
  createDatabase(tenant: Tenant): Promise<void> {
    return createDatabase(this.#context, tenant);
  }

  async grantDatabase(tenant: TenantNames): Promise<void> {
    const { rights } = await this.#context.traits();
    await this.#context.admin.home(
      `${grantDatabaseSql(tenant)} ${rights.databaseSettings(tenant.name)}`,
    );
  }

  async prepareSchema(tenant: TenantNames): Promise<void> {
    const { rights } = await this.#context.traits();
    await this.#context.admin.inDatabase(tenant.name, prepareSchemaSql(tenant, rights));
  }

  /** Lets the logins in, for the first time or again after `suspend`. */
  openLogins(tenant: Tenant): Promise<void> {
    return openLogins(this.#context, tenant);
  }

  /**
   * Gives the logins their derived passwords and our settings again, when a tenant has changed its
   * own, and takes away all others. Opens none that is closed.
   *
   * @throws AppError `busy` while the tenant goes on changing them
   */
  healLogins(tenant: TenantNames): Promise<void> {
    return healLogins(this.#context, tenant);
  }

  setConnectionLimit(tenant: TenantNames, connections: number): Promise<void> {
    return setConnectionLimit(this.#context, tenant, connections);
  }

  /**
   * Keeps the logins out and asks their sessions to end, without waiting for those that do not. The
   * database stays as it is, for metering and for `openLogins`, which lifts this.
   */
  suspend(tenant: TenantNames): Promise<void> {
    return suspend(this.#context, tenant);
  }

  /**
   * Lets nobody in any more and ends every session there is. Throws `busy` while one does not end:
   * some C code of Postgres hears no signal for a minute.
   */
  close(tenant: TenantNames): Promise<void> {
    return close(this.#context, tenant);
  }

  /**
   * Removes a database and its roles, as far as they are there. Groups go with the last of their
   * family, unless `keepFamily`. Returns the roles that had to stay because another database, one
   * that admits nobody, still names them: to be tried again when that is gone.
   */
  async drop(tenant: TenantNames, options: { keepFamily: boolean }): Promise<string[]> {
    rolesOf(tenant);
    await dropDatabase(this.#context, tenant.name);
    const left = await dropLogins(this.#context.admin, tenant);
    if (options.keepFamily || left.length > 0) return left;
    return dropGroups(this.#context.admin, tenant);
  }

  /**
   * Rows ever written, by physical name, of every tenant's database on the cluster. One that stands
   * where it stood has not grown; a session tells of its work within ten seconds.
   */
  activity(): Promise<Map<string, number>> {
    return activity(this.#context);
  }

  /** Bytes on disk by physical name; those that are not there are left out. */
  sizes(names: readonly string[]): Promise<Map<string, number>> {
    return sizes(this.#context, names);
  }

  /**
   * @throws AppError `not_found` when the database is gone, `state_conflict` when it admits nobody,
   * `busy` when counting takes too long
   */
  countObjects(tenant: TenantNames): Promise<ObjectCounts> {
    return countObjects(this.#context, tenant);
  }

  /**
   * Bytes that each tenant's logins keep in the catalogs of the whole cluster, by physical name: settings
   * and passwords, some hundred unless the tenant has changed its own. `healLogins` takes the rest away.
   */
  roleSettings(): Promise<Map<string, number>> {
    return roleSettings(this.#context);
  }

  /**
   * How often each tenant's database names roles, as owners, in privileges and in policies, by physical
   * name: rows of a catalog that the whole cluster shares, some three an object.
   */
  roleMentions(): Promise<Map<string, number>> {
    return roleMentions(this.#context);
  }

  /** Vacuums those of these catalogs that are larger than 16 MB, and returns their names. */
  vacuumRoleCatalogs(): Promise<string[]> {
    return vacuumRoleCatalogs(this.#context);
  }

  /**
   * Gives space that nothing is in back to the disk: what lies at the end of files, within a minute;
   * with `full` what lies between rows too, in a minute more, its tables locked one by one.
   *
   * @throws AppError `not_found` when the database is gone, `busy` when its login has no connection
   * left, `state_conflict` when its logins are shut
   */
  reclaim(tenant: TenantNames, options: { full: boolean }): Promise<void> {
    return reclaim(this.#context, tenant, options);
  }

  /** A connection of its own that ends overdue sessions; the caller ends it. */
  reaper(): Reaper {
    return new Reaper(this.#context);
  }

  end(): Promise<void> {
    return this.#context.admin.end();
  }
}
