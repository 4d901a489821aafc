import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../scripts/ports.mjs';
import { inheritedEnv, runToEnd, type Service, spawnService } from '../../scripts/processes.mjs';
import { emptyRedis, nextDatabase, redisUrlOf } from './redis';
import { startupOptions, UNHURRIED } from './startup-options';

const ROOT = resolve(import.meta.dirname, '../..');
export const CLUSTER_SECRET = 'a secret of the tests, 32 characters and more';

type ProcessName = 'gateway' | 'provisioner' | 'billing';

export interface StackOptions {
  /** Of the Postgres that holds the control plane and, without `clusters`, the customers' databases. */
  adminUrl: string;
  /** Superusers' URLs of the Postgres servers that hold the customers' databases, by name. */
  clusters?: Record<string, string>;
  /** Its control database is `howdah_<name>`, so that stacks do not see each other. */
  name: string;
  /** Of the Redis under test, if there is one; the default is one that no other stack has. */
  redisDatabase?: number;
  gateways?: number;
  provisioners?: number;
  env?: Partial<Record<ProcessName, Record<string, string>>>;
}

export interface RunningProcess {
  service: Service;
  url: string;
}

/** Real processes from the build, as `npm start` and the image run them. */
export class Stack {
  readonly gateways: RunningProcess[] = [];
  readonly provisioners: RunningProcess[] = [];
  private readonly started: RunningProcess[] = [];

  constructor(
    readonly controlUrl: string,
    private readonly options: StackOptions,
    private readonly folder: string,
    /** Of the Redis database that this stack has to itself; undefined without Redis. */
    readonly redisUrl: string | undefined,
  ) {}

  get gatewayUrl(): string {
    return this.gateways[0]!.url;
  }

  /** Starts one more process; `ready: false` does not wait, for one that is to die. */
  async start(
    name: ProcessName,
    env: Record<string, string> = {},
    { ready = true } = {},
  ): Promise<RunningProcess> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const service = spawnService({
      name,
      args: ['--enable-source-maps', `dist/apps/${name}/main.js`],
      cwd: ROOT,
      env: { ...this.envOf(name, port), ...this.options.env?.[name], ...env },
      logFile: join(this.folder, `${name}-${port}.log`),
    });
    const running = { service, url };
    this.started.push(running);
    if (name === 'gateway') this.gateways.push(running);
    if (name === 'provisioner') this.provisioners.push(running);
    if (ready) await service.ready(`${url}/ready`);
    return running;
  }

  async migrate(): Promise<void> {
    await runToEnd({
      name: 'migrator',
      args: ['dist/apps/migrator/main.js'],
      cwd: ROOT,
      env: { ...inheritedEnv(), DATABASE_URL: this.controlUrl },
    });
  }

  /** What every process of the stack wrote to its log. */
  logs(): string {
    return this.started.map(({ service }) => service.tail(100_000)).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.map(({ service }) => service.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private envOf(name: ProcessName, port: number): Record<string, string | undefined> {
    return {
      ...inheritedEnv(),
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: this.controlUrl,
      REDIS_URL: this.redisUrl,
      ...(name === 'billing' ? {} : { CLUSTER_SECRET }),
      ...(name === 'gateway'
        ? {
            PUBLIC_URL: `http://127.0.0.1:${port}`,
            SIGN_UPS_PER_ADDRESS_AND_HOUR: '100000',
            SIGN_INS_PER_ADDRESS_AND_QUARTER_HOUR: '100000',
          }
        : {}),
      ...(name === 'provisioner'
        ? {
            CLUSTERS: JSON.stringify(clustersOf(this.options)),
            WARM_POOL_SIZE: '5',
            SWEEP_EVERY_MS: '500',
            STUCK_AFTER_MS: '1000',
          }
        : {}),
    };
  }
}

function clustersOf({ adminUrl, clusters = { local: adminUrl } }: StackOptions) {
  return Object.entries(clusters).map(([name, url]) => ({ name, adminUrl: url }));
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const stack = await prepareStack(options);
  try {
    await stack.migrate();
    await Promise.all([
      ...Array.from({ length: options.gateways ?? 1 }, () => stack.start('gateway')),
      ...Array.from({ length: options.provisioners ?? 1 }, () => stack.start('provisioner')),
    ]);
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** A control database without a schema yet, and no process. */
export async function prepareStack(options: StackOptions): Promise<Stack> {
  const control = `howdah_${options.name}`;
  const admin = new Client({
    connectionString: options.adminUrl,
    options: startupOptions(UNHURRIED),
  });
  await admin.connect();
  try {
    await admin.query(`drop database if exists "${control}" with (force)`);
    await admin.query(`create database "${control}"`);
    await admin.query(`revoke connect on database "${control}" from public`);
  } finally {
    await admin.end();
  }
  const controlUrl = new URL(options.adminUrl);
  controlUrl.pathname = `/${control}`;
  const folder = mkdtempSync(join(tmpdir(), 'howdah-stack-'));
  const redisUrl = redisUrlOf(options.redisDatabase ?? nextDatabase());
  if (redisUrl) await emptyRedis(redisUrl);
  return new Stack(controlUrl.href, options, folder, redisUrl);
}

/** A stack without a process yet beside another one's; stopping it leaves that one as it was. */
export function joinStack(controlUrl: string): Stack {
  const folder = mkdtempSync(join(tmpdir(), 'howdah-stack-'));
  return new Stack(controlUrl, { adminUrl: controlUrl, name: 'joined' }, folder, undefined);
}
