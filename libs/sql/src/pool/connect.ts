import type { Socket } from 'node:net';
import type { KeyRole } from '@howdah/contracts';
import type { DatabasePlace } from '@howdah/databases';
import { clusterSecret, rolePassword, tenantRoles } from '@howdah/kernel';
import pg from 'pg';
import type { Backend } from './backend';

/** Above statement_timeout: at an equal value Postgres ignores that one and ends the connection instead. */
const TRANSACTION_MARGIN_MS = 100;
const CONNECT_MS = 5_000;
/** As many as a verifier that Howdah makes takes; a customer's may ask for billions, paid for here. */
const SCRAM_ITERATIONS_MAX = 4096;
const UNRECOGNIZED_PARAMETER = '42704';

/** Clusters before PostgreSQL 17, which do not start with `transaction_timeout`. */
const clustersWithoutTransactionTimeout = new Set<string>();

export interface Login {
  place: DatabasePlace;
  role: KeyRole;
  statementMs: number;
  rootSecret: string;
  ssl: pg.ClientConfig['ssl'];
}

/**
 * Logs in with node-postgres (SCRAM, TLS), then takes the socket over. Throws what Postgres or
 * node-postgres says once the socket is closed, so that nothing of a failed attempt stays behind.
 */
export async function connect(login: Login): Promise<{ socket: Socket; backend: Backend }> {
  const { clusterId } = login.place;
  const withTransactionTimeout = !clustersWithoutTransactionTimeout.has(clusterId);
  try {
    return await connectOnce(login, withTransactionTimeout);
  } catch (error) {
    if (!withTransactionTimeout || !isUnrecognized(error)) throw error;
    clustersWithoutTransactionTimeout.add(clusterId);
    return connectOnce(login, false);
  }
}

function isUnrecognized(error: unknown): boolean {
  const { code, message } = error as { code?: string; message: string };
  return code === UNRECOGNIZED_PARAMETER && message.includes('transaction_timeout');
}

async function connectOnce(login: Login, withTransactionTimeout: boolean) {
  const { place, role, rootSecret, ssl } = login;
  const user = tenantRoles(place.name, place.family)[role];
  const config: pg.ClientConfig & { scramMaxIterations: number } = {
    host: place.host,
    port: place.port,
    database: place.name,
    user,
    password: rolePassword(clusterSecret(rootSecret, place.clusterId), user),
    ssl,
    application_name: 'howdah',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    scramMaxIterations: SCRAM_ITERATIONS_MAX,
    options: startupOptions(login, withTransactionTimeout),
  };
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await hangUp(client);
    throw error;
  }
  return takeOver(client, place, user);
}

/**
 * node-postgres leaves the socket open when it is the one to refuse, and Postgres would hold a
 * backend and its slot for whoever never answers until its authentication_timeout.
 */
async function hangUp(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as ClientInternals).connection;
  if (stream.closed) return;
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.destroy();
  await closed;
}

interface ClientInternals {
  connection: { stream: Socket };
  processID: number;
  secretKey: number;
}

function takeOver(client: pg.Client, place: DatabasePlace, role: string) {
  const { connection, processID, secretKey } = client as unknown as ClientInternals;
  const socket = connection.stream;
  socket.removeAllListeners('data');
  const { clusterId, host, port } = place;
  const backend = { clusterId, host, port, role, processId: processID, secretKey };
  return { socket, backend };
}

/**
 * Values of the startup packet beat ALTER ROLE SET and ALTER DATABASE SET, and are what DISCARD
 * ALL returns to: whatever a customer sets for its roles, they can log in and mean what they say.
 * The formats are those the encoders read.
 */
function startupOptions(
  { place, role, statementMs }: Pick<Login, 'place' | 'role' | 'statementMs'>,
  withTransactionTimeout: boolean,
): string {
  const settings: Record<string, string | number> = {
    statement_timeout: statementMs,
    ...(withTransactionTimeout && { transaction_timeout: statementMs + TRANSACTION_MARGIN_MS }),
    idle_in_transaction_session_timeout: 3_000,
    client_encoding: 'UTF8',
    DateStyle: 'ISO',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    bytea_output: 'hex',
    extra_float_digits: 1,
    client_min_messages: 'error',
    search_path: 'public',
    // A role that preloads what is not there could never log in again.
    local_preload_libraries: '',
    tcp_user_timeout: 0,
    lock_timeout: 0,
    idle_session_timeout: 0,
    standard_conforming_strings: 'on',
    array_nulls: 'on',
    transform_null_equals: 'off',
    xmloption: 'content',
    row_security: 'on',
    default_transaction_isolation: 'read committed',
    default_transaction_deferrable: 'off',
    default_transaction_read_only: role === 'read' ? 'on' : 'off',
    default_table_access_method: 'heap',
    default_tablespace: '',
    temp_tablespaces: '',
    ...(role === 'admin' && { role: tenantRoles(place.name, place.family).owners }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${String(value).replaceAll(' ', '\\ ')}`)
    .join(' ');
}
