import type { DatabaseView } from '@howdah/contracts';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import request from 'supertest';

export const PASSWORD = 'correct horse battery staple';

export interface Customer {
  id: string;
  email: string;
  token: string;
}

export interface Key {
  id: string;
  secret: string;
}

/** Somebody new at a gateway. */
export async function signUp(gatewayUrl: string): Promise<Customer> {
  const email = `${randomBytes(8).toString('hex')}@example.com`;
  const { body } = await request(gatewayUrl)
    .post('/v1/accounts')
    .send({ email, password: PASSWORD })
    .expect(201);
  return { id: body.account.id, email, token: body.token };
}

/** A database of a customer, and how to talk to it. */
export class CustomerDatabase {
  constructor(
    readonly gatewayUrl: string,
    readonly id: string,
    readonly owner: Customer,
    readonly key: Key,
  ) {}

  get path(): string {
    return `/v1/databases/${this.id}`;
  }

  /** `POST {db}/sql`, with nothing expected of the answer. */
  sql(body: object | string, { secret = this.key.secret, headers = {} as object } = {}) {
    return request(this.gatewayUrl)
      .post(`${this.path}/sql`)
      .set({ authorization: `Bearer ${secret}`, ...headers })
      .send(typeof body === 'string' ? { query: body } : body);
  }

  /** The rows of a statement that must succeed. */
  async rows<R = Record<string, unknown>>(query: string, params: unknown[] = []): Promise<R[]> {
    const answer = await this.sql({ query, params });
    if (answer.status !== 200) throw new Error(`${query}: ${answer.text}`);
    return answer.body.rows as R[];
  }

  async newKey(wanted: object): Promise<Key> {
    const { body } = await request(this.gatewayUrl)
      .post(`${this.path}/keys`)
      .set('authorization', `Bearer ${this.owner.token}`)
      .send(wanted)
      .expect(201);
    return body.key as Key;
  }

  async state(): Promise<string> {
    const answer = await request(this.gatewayUrl)
      .get(this.path)
      .set('authorization', `Bearer ${this.owner.token}`);
    return answer.status === 404 ? 'deleted' : (answer.body.database.state as string);
  }

  async becomes(state: string, timeoutMs = 20_000): Promise<void> {
    for (const until = Date.now() + timeoutMs; ; await sleep(20)) {
      const now = await this.state();
      if (now === state) return;
      if (Date.now() > until) throw new Error(`${this.id} is ${now}, not ${state}`);
    }
  }
}

/** `GET /v1/databases/{id}` as its owner reads it. */
export async function ownersView({
  gatewayUrl,
  path,
  owner,
}: CustomerDatabase): Promise<DatabaseView> {
  const { body } = await request(gatewayUrl)
    .get(path)
    .set('authorization', `Bearer ${owner.token}`)
    .expect(200);
  return body.database as DatabaseView;
}

/** Asks for a database and does not wait for it. */
export async function requestDatabase(
  gatewayUrl: string,
  owner?: Customer,
): Promise<CustomerDatabase> {
  const customer = owner ?? (await signUp(gatewayUrl));
  const { body } = await request(gatewayUrl)
    .post('/v1/databases')
    .set('authorization', `Bearer ${customer.token}`)
    .send({ name: 'a story' })
    .expect(202);
  return new CustomerDatabase(gatewayUrl, body.database.id, customer, body.key);
}

/** A database that is ready, of somebody new unless `owner` is given. */
export async function newDatabase(gatewayUrl: string, owner?: Customer): Promise<CustomerDatabase> {
  const database = await requestDatabase(gatewayUrl, owner);
  await database.becomes('ready');
  return database;
}

/** Rows of the control plane's database, as an operator sees and changes them. */
export async function inControl<R = Record<string, unknown>>(
  controlUrl: string,
  query: string,
  params: unknown[] = [],
): Promise<R[]> {
  const client = new Client({ connectionString: controlUrl });
  await client.connect();
  try {
    return (await client.query(query, params)).rows as R[];
  } finally {
    await client.end();
  }
}

/**
 * Puts a database on another plan, and waits until its gateway has heard of it. Each look spends
 * one of the requests that the database has a minute.
 */
export async function setPlan(
  controlUrl: string,
  database: CustomerDatabase,
  plan: string,
): Promise<void> {
  const [row] = await inControl<{ requests: number }>(
    controlUrl,
    `update database set plan_id = plan.id from plan where database.id = $1 and plan.id = $2
     returning requests_per_minute as requests`,
    [database.id, plan],
  );
  const policy = `"minute";q=${row!.requests};w=60`;
  for (const until = Date.now() + 5_000; ; await sleep(20)) {
    const { headers } = await database.sql('select 1');
    if (headers['ratelimit-policy']?.startsWith(policy)) return;
    if (Date.now() > until) throw new Error(`${headers['ratelimit-policy']}, not ${policy}`);
  }
}

/** The name of a database, and of its login, on its cluster. */
export async function physicalName(
  { controlUrl }: { controlUrl: string },
  { id }: Pick<CustomerDatabase, 'id'>,
): Promise<string> {
  const [row] = await inControl<{ name: string }>(
    controlUrl,
    'select physical_name as name from database where id = $1',
    [id],
  );
  return row!.name;
}
