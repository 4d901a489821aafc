import { Cluster, CREATION_STEPS, type Tenant } from '@howdah/clusters';
import { randomName, rolePassword, tenantRoles } from '@howdah/kernel';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startTemporaryPostgres } from '../../scripts/embedded-postgres.mjs';
import {
  findSystemPostgres,
  startTemporarySystemPostgres,
} from '../../scripts/system-postgres.mjs';
import { asSuperuser } from '../support/cluster-objects';
import { startupOptions, UNHURRIED, WRITING } from '../support/startup-options';

const EMBEDDED = 18;
const SECRET = 'the secret of a cluster in the tests';
const CREATOR = 'm';
const CREATOR_PASSWORD = 'creator';

/** A managed service has no lines for us: everybody may try to log in everywhere. */
const MANAGED_HBA = 'host all all 127.0.0.1/32 scram-sha-256\n';

type Postgres = Awaited<ReturnType<typeof startTemporaryPostgres>>;
export type Settings = Readonly<Record<string, string | number>>;

/** A version of Postgres, and who its admin is: a superuser or a role with CREATEDB and CREATEROLE. */
export interface Kind {
  major: number;
  admin: 'superuser' | 'creator';
}

const MAJORS = [EMBEDDED, ...findSystemPostgres().map(({ major }) => major)];

/** Every kind there is on this machine, to be told by `%s`. */
export const KINDS: [string, Kind][] = MAJORS.flatMap((major) =>
  (['superuser', 'creator'] as const).map((admin): [string, Kind] => [
    `on ${major} as ${admin}`,
    { major, admin },
  ]),
);

/** The newest as superuser and the oldest as creator; `CLUSTER_KINDS=all` takes every kind. */
export function isFar({ major, admin }: Kind): boolean {
  if (process.env.CLUSTER_KINDS === 'all') return true;
  return major === (admin === 'superuser' ? Math.max(...MAJORS) : Math.min(...MAJORS));
}

/** Stories about a server that is there when they run, shared with others. */
export type Stories = (started: () => ClusterUnderTest, kind: Kind) => void;

/** A server of its own, prepared for tenants. */
export class ClusterUnderTest {
  private constructor(
    readonly cluster: Cluster,
    /** The superuser's, whoever the cluster's admin is. */
    readonly superuserUrl: string,
    private readonly postgres: Postgres,
    private readonly folder: string,
  ) {}

  static async start({ major, admin }: Kind, settings: Settings = {}): Promise<ClusterUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'howdah-hba-'));
    const managed: Settings = admin === 'creator' ? { hba_file: writeHba(folder) } : {};
    const postgres = await startPostgres(major, { ...UNHURRIED, ...settings, ...managed });
    const adminUrl = new URL(postgres.adminUrl);
    if (admin === 'creator') {
      await asSuperuser(
        postgres.adminUrl,
        `create role ${CREATOR} login createdb createrole password '${CREATOR_PASSWORD}'`,
      );
      adminUrl.username = CREATOR;
      adminUrl.password = CREATOR_PASSWORD;
    }
    const cluster = new Cluster({ id: 'cl_test', adminUrl: adminUrl.href, secret: SECRET });
    await cluster.prepare();
    return new ClusterUnderTest(cluster, postgres.adminUrl, postgres, folder);
  }

  /** A tenant with a database, made as a provisioner makes it; `of` makes it a fork. */
  async newTenant(of?: Tenant): Promise<Tenant> {
    const tenant: Tenant = {
      name: randomName('d'),
      family: of?.family ?? randomName('f'),
      connectionsMax: 10,
      ...(of && { source: of.name }),
    };
    for (const step of CREATION_STEPS) await step.run(this.cluster, tenant);
    return tenant;
  }

  /** A session as a gateway has it; `database` is that of somebody else, if given. */
  async logIn(
    tenant: Tenant,
    login: 'admin' | 'write' | 'read' = 'admin',
    database = tenant.name,
  ): Promise<Client> {
    const roles = tenantRoles(tenant.name, tenant.family);
    const { hostname, port } = new URL(this.superuserUrl);
    const role: Settings = login === 'admin' ? { role: roles.owners } : {};
    const client = new Client({
      host: hostname,
      port: Number(port),
      database,
      user: roles[login],
      password: rolePassword(SECRET, roles[login]),
      options: startupOptions({ ...role, ...UNHURRIED, ...WRITING, search_path: 'public' }),
    });
    // To be ended is what some of these sessions are for.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Runs statements one by one as the tenant. */
  async as(tenant: Tenant, ...statements: string[]): Promise<void> {
    const client = await this.logIn(tenant);
    try {
      for (const sql of statements) await client.query(sql);
    } finally {
      await client.end();
    }
  }

  async look<R = Record<string, unknown>>(
    sql: string,
    params: unknown[] = [],
    database?: string,
  ): Promise<R[]> {
    return asSuperuser<R>(this.superuserUrl, sql, params, database);
  }

  async stop(): Promise<void> {
    await this.cluster.end();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function startPostgres(major: number, settings: Settings): Promise<Postgres> {
  if (major === EMBEDDED) return startTemporaryPostgres({ settings });
  const found = findSystemPostgres().find((one) => one.major === major);
  if (!found) throw new Error(`There is no PostgreSQL ${major} on this machine.`);
  return startTemporarySystemPostgres(found, { settings });
}

/** The server may run as another user, who has to read it. */
function writeHba(folder: string): string {
  const file = join(folder, 'pg_hba.conf');
  writeFileSync(file, MANAGED_HBA);
  chmodSync(folder, 0o755);
  chmodSync(file, 0o644);
  return file;
}
