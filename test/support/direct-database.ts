import type { KeyRole, SqlRequest, WriteMode } from '@howdah/contracts';
import type { DatabaseRoute } from '@howdah/databases';
import { type SqlCall, SqlRunner, type SqlRunnerOptions } from '@howdah/sql';
import type { Writable } from 'node:stream';
import { inControl, newDatabase } from './customer';
import { CLUSTER_SECRET } from './stack';

type Body = string | SqlRequest;
type Rest = Partial<Pick<SqlCall, 'idempotencyKey' | 'cancellation'>> & { role?: KeyRole };

/** A customer's database asked in this process, with whatever its route says of it. */
export class DirectDatabase {
  constructor(
    readonly runner: SqlRunner,
    public route: DatabaseRoute,
  ) {}

  /** A new one of a stack, with a runner of its own. */
  static async make(
    { gatewayUrl, controlUrl }: { gatewayUrl: string; controlUrl: string },
    options: Partial<SqlRunnerOptions> = {},
  ): Promise<DirectDatabase> {
    const { id } = await newDatabase(gatewayUrl);
    const [place] = await inControl<DatabaseRoute['place'] & object>(
      controlUrl,
      `select cluster.id as "clusterId", host, port, physical_name as name, family
         from database join cluster on cluster.id = cluster_id where database.id = $1`,
      [id],
    );
    const runner = new SqlRunner({ connectionsMax: 20, rootSecret: CLUSTER_SECRET, ...options });
    return new DirectDatabase(runner, routeTo(id, place!));
  }

  /** From now on its row says this of writes. */
  write(writes: WriteMode): void {
    this.route = { ...this.route, writes };
  }

  /** The answer's JSON; throws the error a page would be told. */
  async ask<A = { rows: Record<string, unknown>[] }>(
    body: Body,
    { role = 'admin', ...rest }: Rest = {},
  ): Promise<A> {
    const answer = await this.runner.run({
      route: this.route,
      role,
      body: requestOf(body),
      ...rest,
    });
    return JSON.parse(answer.body.toString()) as A;
  }

  stream(query: string, sink: Writable) {
    const call = { route: this.route, role: 'admin' as const, body: requestOf(query) };
    return this.runner.stream(call, sink, ({ code, details }) => ({ code, ...details }));
  }
}

export function batchOf(...queries: string[]): SqlRequest {
  return { queries: queries.map((query) => statementOf(query)) } as SqlRequest;
}

function requestOf(body: Body): SqlRequest {
  return typeof body === 'string' ? statementOf(body) : body;
}

function statementOf(query: string) {
  return { query, params: [], rowMode: 'object' as const, onLimit: 'truncate' as const };
}

function routeTo(id: string, place: DatabaseRoute['place']): DatabaseRoute {
  return {
    id,
    accountId: 'acc',
    state: 'ready',
    plan: 'free',
    limits: {
      statementMs: 1_000,
      rowsMax: 500,
      sizeBytesMax: 50e6,
      responseBytesMax: 10 * 1024 * 1024,
      concurrencyMax: 10,
      requestsPerMinute: 1_000_000,
      computeMsPerMinute: 1_000_000,
      streaming: true,
    },
    writes: 'open',
    storage: { level: 'full', usedBytes: 60e6 },
    suspension: null,
    place,
  };
}
