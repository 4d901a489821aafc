import type { Writable } from 'node:stream';
import type { KeyRole, SqlRequest } from '@howdah/contracts';
import type { DatabasePlace, DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import type { ClientConfig } from 'pg';
import type { Outcome } from './execute/outcome';
import { requestFingerprint, runIdempotent } from './execute/run-idempotent';
import { runPipeline } from './execute/run-pipeline';
import { runStatement } from './execute/run-statement';
import { cancelled } from './execute/statement-error';
import { streamStatement, type StreamOutcome } from './execute/stream-statement';
import { planRequest, type Plan } from './plan/plan-request';
import type { Cancellation } from './pool/cancellation';
import { connect } from './pool/connect';
import type { Connection } from './pool/connection';
import { ConnectionPools, type PoolStats } from './pool/connection-pools';
import { Terminator } from './pool/terminator';
import { Watchdog } from './pool/watchdog';

const IDLE_MS = 30_000;
const ACQUIRE_MS = 5_000;

export interface SqlRunnerOptions {
  /** Connections of this process to all databases together. */
  connectionsMax: number;
  /** What the passwords of all clusters' roles follow from. */
  rootSecret: string;
  /** TLS towards the clusters, as node-postgres takes it. */
  ssl?: ClientConfig['ssl'];
  idleMs?: number;
  acquireMs?: number;
  /** Sets a database's passwords anew, after a tenant changed its own. */
  healCredentials?: (databaseId: string) => Promise<void>;
}

/** A request that was admitted: its database is ready, and its key may ask. */
export interface SqlCall {
  route: DatabaseRoute;
  role: KeyRole;
  body: SqlRequest;
  cancellation?: Cancellation;
  /** Ignored where nothing can be written. */
  idempotencyKey?: string;
}

export interface SqlAnswer extends Outcome {
  /** The answer of an earlier request with the same Idempotency-Key. */
  replayed: boolean;
  /** Time until a connection was there, and from then to the end. */
  acquireMs: number;
  executeMs: number;
}

/** Runs SQL of admitted requests on customers' databases and answers JSON. */
export class SqlRunner {
  private readonly terminator: Terminator;
  private readonly watchdog: Watchdog;
  private readonly pools: ConnectionPools;

  constructor({ rootSecret, ssl, idleMs, acquireMs, ...options }: SqlRunnerOptions) {
    this.terminator = new Terminator(rootSecret, ssl);
    this.watchdog = new Watchdog(this.terminator);
    this.pools = new ConnectionPools(
      {
        ...options,
        idleMs: idleMs ?? IDLE_MS,
        acquireMs: acquireMs ?? ACQUIRE_MS,
        connect: (place, role, statementMs) =>
          connect({ place, role, statementMs, rootSecret, ssl }),
      },
      this.watchdog,
    );
  }

  /** Throws an `AppError` for whatever a page may cause; anything else is a defect. */
  async run(call: SqlCall): Promise<SqlAnswer> {
    const plan = planRequest(call.body, call.role, call.route.limits);
    const askedAt = performance.now();
    const connection = this.takeIdle(call) ?? (await this.waitForConnection(call));
    this.begin(connection, call);
    const { startedAt } = connection;
    try {
      const outcome = await this.execute(connection, plan, call);
      return {
        body: outcome.body,
        truncated: outcome.truncated,
        rowCount: outcome.rowCount,
        replayed: outcome.replayed === true,
        acquireMs: startedAt - askedAt,
        executeMs: performance.now() - startedAt,
      };
    } finally {
      end(connection, call);
    }
  }

  /**
   * Writes one statement's result to `sink` as NDJSON: `{"fields":[…]}`, a line a row, and
   * `{"command":…,"rowCount":…,"truncated":…,"rowLimit":…,"durationMs":…}`. Throws while the sink
   * is untouched; later an error is the last line, `{"error":…}` with what `errorBody` makes of
   * it. Does not end the sink.
   */
  async stream(
    call: SqlCall,
    sink: Writable,
    errorBody: (error: AppError) => unknown,
  ): Promise<StreamOutcome> {
    const plan = planRequest(call.body, call.role, call.route.limits);
    if (plan.batch) throw new AppError('invalid_request', 'A stream takes one statement.');
    const connection = this.takeIdle(call) ?? (await this.waitForConnection(call));
    this.begin(connection, call);
    try {
      return await streamStatement(connection, plan, sink, errorBody);
    } finally {
      end(connection, call);
    }
  }

  /** Forgets a database: it was dropped, moved, or is about to be copied. */
  drop(databaseId: string): void {
    this.pools.drop(databaseId);
  }

  /** Lets requests under way end, then closes all connections. */
  async close(): Promise<void> {
    await this.pools.close();
    this.watchdog.close();
    await this.terminator.close();
  }

  stats(): PoolStats {
    return this.pools.stats();
  }

  private begin(connection: Connection, { route, cancellation }: SqlCall): void {
    connection.begin(route.limits.statementMs);
    cancellation?.listen(() => this.watchdog.stop(connection, cancelled()));
  }

  private takeIdle({ route, role, cancellation }: SqlCall): Connection | null {
    if (cancellation?.cancelled) throw cancelled();
    return this.pools.take(route, placeOf(route), role);
  }

  private async waitForConnection({ route, role, cancellation }: SqlCall): Promise<Connection> {
    const connection = await this.pools.acquire(route, placeOf(route), role, cancellation);
    if (!cancellation?.cancelled) return connection;
    connection.release();
    throw cancelled();
  }

  private execute(
    connection: Connection,
    plan: Plan,
    { body, role, idempotencyKey }: SqlCall,
  ): Promise<Outcome & { replayed?: boolean }> {
    if (idempotencyKey !== undefined && !plan.readOnly) {
      return runIdempotent(connection, plan, idempotencyKey, requestFingerprint(body, role));
    }
    const checked = plan.batch || plan.statements[0]!.failOnLimit;
    return checked ? runPipeline(connection, plan) : runStatement(connection, plan);
  }
}

function end(connection: Connection, { cancellation }: SqlCall): void {
  cancellation?.listen(null);
  if (connection.held) connection.release();
}

function placeOf({ place }: DatabaseRoute): DatabasePlace {
  if (place) return place;
  throw new AppError('database_not_ready', 'The database is still being made.', { retryAfter: 1 });
}
