import { AppError, REAPER_ROLE, rolePassword } from '@howdah/kernel';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminConnection, sqlState } from './admin-connection';
import { dropGroups, dropLogins } from './drop-roles';
import {
  closeSql,
  clusterRolesSql,
  createRolesSql,
  grantDatabaseSql,
  HALF_DROPPED,
  lockFamily,
  lockLogins,
  loginAttributes,
  loginSql,
  OPERATOR_ROLE,
} from './role-sql';
import { prepareSchemaSql } from './schema-sql';
import { scramVerifier } from './scram-verifier';
import { dropOldTemplates, prepareTemplate } from './template';
import { templateName } from './template-sql';
import {
  assertConnections,
  databaseIdentifier,
  identifier,
  literal,
  loginsOf,
  roleIdentifier,
  rolesOf,
  type Tenant,
  type TenantNames,
  TENANT_DATABASES,
} from './tenant';

/** The oldest Postgres that is tried with each release. */
const OLDEST_MAJOR = 15;
const DUPLICATE_DATABASE = new Set(['42P04', '23505']);
/** The template is not there, or half dropped. */
const NO_TEMPLATE = new Set(['3D000', '55000']);
const OBJECT_IN_USE = '55006';
const CLOSE_TIMEOUT_MS = 10_000;
const CLOSE_POLL_MS = 50;

export interface ClusterFacts {
  /** Major version of the server. */
  version: number;
  /** Whether the admin may do all that isolation needs. */
  superuser: boolean;
  /** Databases that are not ours and let any tenant connect as far as grants go. */
  openToPublic: string[];
}

export interface ClusterOptions {
  id: string;
  adminUrl: string;
  /** The cluster's own secret, from which its roles' passwords follow. */
  secret: string;
}

/**
 * One Postgres cluster, spoken to as its admin. Every method looks at what is there by name and
 * makes the rest, so that after a crash all of it can simply be run again.
 *
 * All throw `AppError('database_unreachable')` when the cluster is away; another failure is the
 * error of Postgres, which holds no password: only verifiers are ever sent.
 */
export class Cluster {
  readonly id: string;
  readonly #secret: string;
  readonly #admin: AdminConnection;
  #major: Promise<number> | null = null;

  constructor(options: ClusterOptions) {
    this.id = options.id;
    this.#secret = options.secret;
    this.#admin = new AdminConnection(options.id, options.adminUrl);
  }

  /** What the cluster is; changes nothing. */
  async facts(): Promise<ClusterFacts> {
    const [row] = await this.#admin.home<{ superuser: boolean; open: string[] }>(
      `SELECT r.rolsuper AS superuser, ARRAY(
         SELECT datname::text FROM pg_database d,
           aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl
         WHERE acl.grantee = 0 AND acl.privilege_type = 'CONNECT' AND d.datallowconn
           AND d.datname !~ $1 ORDER BY 1) AS open
       FROM pg_roles r WHERE r.rolname = current_user`,
      [TENANT_DATABASES],
    );
    return {
      version: await this.#serverMajor(),
      superuser: row?.superuser ?? false,
      openToPublic: row?.open ?? [],
    };
  }

  /** Makes a cluster ready for tenants. Several processes may call this at once, at every start. */
  async prepare(): Promise<ClusterFacts> {
    const { superuser, version } = await this.facts();
    if (!superuser) throw new Error(`The admin of cluster ${this.id} is not a superuser.`);
    if (version < OLDEST_MAJOR) {
      throw new Error(
        `Cluster ${this.id} runs Postgres ${version}; ${OLDEST_MAJOR} is the oldest.`,
      );
    }
    const verifier = await this.#verifier(REAPER_ROLE);
    await this.#admin.prepareAlone(async (run) => {
      await run(clusterRolesSql(version, verifier));
      await run('REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC');
      await run('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
      await this.#admin.inDatabase('template1', 'REVOKE CREATE ON SCHEMA public FROM PUBLIC');
      await prepareTemplate(this.#admin, run, version);
      await dropOldTemplates(run, version);
    });
    return this.facts();
  }

  async createRoles(tenant: Tenant): Promise<void> {
    const sql = createRolesSql(tenant, await this.#serverMajor());
    await this.#admin.home(`${lockFamily(tenant.family)} ${sql}`);
  }

  async createDatabase(tenant: Tenant): Promise<void> {
    if (await this.#copyTemplate(tenant.name)) return;
    const half = await this.#admin.home(
      'SELECT FROM pg_database WHERE datname = $1 AND datconnlimit = $2',
      [tenant.name, HALF_DROPPED],
    );
    if (half.length === 0) return;
    await this.#dropDatabase(tenant.name);
    await this.#copyTemplate(tenant.name);
  }

  async grantDatabase(tenant: Tenant): Promise<void> {
    await this.#admin.home(grantDatabaseSql(tenant));
  }

  async prepareSchema(tenant: Tenant): Promise<void> {
    await this.#admin.inDatabase(tenant.name, prepareSchemaSql(tenant));
  }

  async openLogins(tenant: Tenant): Promise<void> {
    await this.#setLogins(tenant, (verifier) => loginAttributes(tenant.connectionsMax, verifier));
  }

  /**
   * Gives the logins their derived passwords and our settings again, when a tenant has changed its
   * own. Opens none that is closed.
   */
  async healLogins(tenant: TenantNames): Promise<void> {
    await this.#setLogins(tenant, (verifier) => `PASSWORD ${literal(verifier)}`);
  }

  async setConnectionLimit(tenant: TenantNames, connections: number): Promise<void> {
    assertConnections(connections);
    const alter = loginsOf(tenant).map(
      (login) => `ALTER ROLE ${roleIdentifier(login)} CONNECTION LIMIT ${connections};`,
    );
    await this.#admin.home(`${lockLogins(tenant.family)} ${alter.join(' ')}`);
  }

  /**
   * Lets nobody in any more and ends every session there is. Throws `busy` while one does not end:
   * some C code of Postgres hears no signal for a minute.
   */
  async close(tenant: TenantNames): Promise<void> {
    const names = loginsOf(tenant);
    await this.#admin.home(`${lockLogins(tenant.family)} ${closeSql(tenant.name, names)}`);
    const deadline = Date.now() + CLOSE_TIMEOUT_MS;
    for (;;) {
      const sessions = await this.#admin.home(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1 OR usename = ANY ($2)`,
        [tenant.name, names],
      );
      if (sessions.length === 0) return;
      if (Date.now() > deadline) throw stillBusy(tenant.name);
      await sleep(CLOSE_POLL_MS);
    }
  }

  /**
   * Removes a database and its roles, as far as they are there. Groups go with the last of their
   * family, unless `keepFamily`. Returns the roles that had to stay because another database, one
   * that admits nobody, still names them: to be tried again when that is gone.
   */
  async drop(tenant: TenantNames, options: { keepFamily: boolean }): Promise<string[]> {
    rolesOf(tenant);
    await this.#dropDatabase(tenant.name);
    const left = await dropLogins(this.#admin, tenant);
    if (options.keepFamily || left.length > 0) return left;
    return dropGroups(this.#admin, tenant);
  }

  end(): Promise<void> {
    return this.#admin.end();
  }

  /** True when the database is new; false when there was one of that name. */
  async #copyTemplate(name: string): Promise<boolean> {
    const major = await this.#serverMajor();
    // Nobody but a superuser comes in before the grants: see grantDatabaseSql.
    const sql = `CREATE DATABASE ${databaseIdentifier(name)}
      TEMPLATE ${identifier(templateName(major))} OWNER ${identifier(OPERATOR_ROLE)}
      CONNECTION LIMIT 0`;
    try {
      await this.#admin.home(sql).catch(async (error: unknown) => {
        // A newer worker has dropped the template of this version.
        if (!NO_TEMPLATE.has(sqlState(error) ?? '')) throw error;
        await this.#admin.prepareAlone((run) => prepareTemplate(this.#admin, run, major));
        await this.#admin.home(sql);
      });
      return true;
    } catch (error) {
      if (DUPLICATE_DATABASE.has(sqlState(error) ?? '')) return false;
      throw error;
    }
  }

  async #dropDatabase(name: string): Promise<void> {
    try {
      await this.#admin.home(`DROP DATABASE IF EXISTS ${databaseIdentifier(name)} WITH (FORCE)`);
    } catch (error) {
      throw sqlState(error) === OBJECT_IN_USE ? stillBusy(name) : error;
    }
  }

  async #setLogins(tenant: TenantNames, attributes: (verifier: string) => string): Promise<void> {
    const statements = await Promise.all(
      loginsOf(tenant).map(async (login) =>
        loginSql(login, tenant.name, attributes(await this.#verifier(login))),
      ),
    );
    await this.#admin.home(`${lockLogins(tenant.family)} ${statements.join('')}`);
  }

  #verifier(role: string): Promise<string> {
    return scramVerifier(rolePassword(this.#secret, role));
  }

  /** Asked once; a failure is asked again. */
  #serverMajor(): Promise<number> {
    this.#major ??= this.#admin
      .home<{ major: number }>(`SELECT current_setting('server_version_num')::int / 10000 AS major`)
      .then(([row]) => row!.major)
      .catch((error: unknown) => {
        this.#major = null;
        throw error;
      });
    return this.#major;
  }
}

function stillBusy(database: string): AppError {
  return new AppError('busy', `Sessions of ${database} do not end yet.`, { retryAfter: 60 });
}
