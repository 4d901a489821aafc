import type { Writable } from 'node:stream';
import type { KeyRole, SqlRequest } from '@howdah/contracts';
import type { DatabasePlace, DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import type { ClientConfig } from 'pg';
import { backendStuck } from './errors/connect-error';
import { cancelled } from './errors/request-error';
import { explainStorage } from './errors/storage-error';
import type { Outcome } from './execute/outcome';
import { lookAgain } from './execute/look-again';
import { replayOrRead, requestFingerprint, runIdempotent } from './execute/run-idempotent';
import { runPipeline } from './execute/run-pipeline';
import { runShrinking } from './execute/run-shrinking';
import { runStatement } from './execute/run-statement';
import { streamStatement, type StreamOutcome } from './execute/stream-statement';
import { planRequest, type Plan } from './plan/plan-request';
import type { Cancellation } from './pool/cancellation';
import { connect } from './pool/connect';
import type { Connection } from './pool/connection';
import { ConnectionPools, type PoolStats } from './pool/connection-pools';
import { Terminator } from './pool/terminator';
import { Watchdog } from './pool/watchdog';
import { StorageGate, type StorageEvents } from './storage/storage-gate';

const IDLE_MS = 30_000;
const ACQUIRE_MS = 5_000;

export interface SqlRunnerOptions extends StorageEvents {
  /**
   * Connections of this process to all databases together. A cluster's `max_connections` must hold
   * the sum of `connectionsMax` + `stuckMax` over all processes, besides what others need.
   */
  connectionsMax: number;
  /**
   * Connections whose backend goes on half a second after it was told to end, and which then do not
   * count in `connectionsMax`: neighbours have the whole of it while fewer are stuck. Further ones
   * count there again. As many as `connectionsMax` by default.
   */
  stuckMax?: number;
  /** What the passwords of all clusters' roles follow from. */
  rootSecret: string;
  /** TLS towards the clusters, as node-postgres takes it. */
  ssl?: ClientConfig['ssl'];
  idleMs?: number;
  acquireMs?: number;
  /** Asks for a database's passwords to be set anew, after a tenant changed its own. */
  healCredentials?: (databaseId: string) => Promise<void>;
  /** Told of every request that had a connection how long it had it, in milliseconds, errors too. */
  onExecuted?: (databaseId: string, executedMs: number) => void;
  /**
   * Postgres still lists a backend 3 s after it was told to end; its database's requests are refused
   * as `busy` until it ends. Told once for each; if that throws or rejects, again every 3 s until it
   * does not or the backend is gone.
   */
  onStubborn?: (databaseId: string) => Promise<void> | void;
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
  private readonly gate: StorageGate;
  private readonly onExecuted: SqlRunnerOptions['onExecuted'];

  constructor({ rootSecret, ssl, idleMs, acquireMs = ACQUIRE_MS, ...options }: SqlRunnerOptions) {
    this.onExecuted = options.onExecuted;
    this.terminator = new Terminator(rootSecret, ssl);
    this.watchdog = new Watchdog(this.terminator, options.onStubborn);
    const onUnseen = (route: DatabaseRoute, bytes: number) => void this.lookAgain(route, bytes);
    this.gate = new StorageGate({ ...options, onUnseen }, acquireMs);
    this.pools = new ConnectionPools(
      {
        connectionsMax: options.connectionsMax,
        stuckMax: options.stuckMax ?? options.connectionsMax,
        healCredentials: options.healCredentials,
        idleMs: idleMs ?? IDLE_MS,
        acquireMs,
        connect: (place, role, statementMs) =>
          connect({ place, role, statementMs, rootSecret, ssl }),
      },
      this.watchdog,
    );
  }

  /** Throws an `AppError` for whatever a page may cause; anything else is a defect. */
  async run(call: SqlCall): Promise<SqlAnswer> {
    const plan = this.plan(call, call.idempotencyKey !== undefined);
    if (plan.writes === 'open') return this.runPlan(call, plan);
    try {
      return await (plan.writes === 'shrink' ? this.runInTurn(call) : this.runPlan(call, plan));
    } catch (error) {
      throw this.explained(error, call, plan);
    }
  }

  /**
   * Writes one statement's result to `sink` as NDJSON: `{"fields":[…]}`, a line a row, and
   * `{"command":…,"rowCount":…,"truncated":…,"rowLimit":…,"durationMs":…}`. Throws while the sink
   * is untouched; later an error is the last line, `{"error":…}` with what `errorBody` makes of
   * it. Does not end the sink. Of a database over its quota it may only read.
   */
  async stream(
    call: SqlCall,
    sink: Writable,
    errorBody: (error: AppError) => unknown,
  ): Promise<StreamOutcome> {
    const plan = this.plan(call, true);
    if (plan.batch) throw new AppError('invalid_request', 'A stream takes one statement.');
    const connection = this.takeIdle(call) ?? (await this.waitForConnection(call));
    this.begin(connection, call);
    const { startedAt } = connection;
    try {
      return await streamStatement(connection, plan, sink, (error) =>
        errorBody(this.explained(error, call, plan)),
      );
    } catch (error) {
      throw this.explained(error, call, plan);
    } finally {
      this.end(connection, call, startedAt);
    }
  }

  /** Forgets a database: it was dropped, moved, or is about to be copied. */
  drop(databaseId: string): void {
    this.pools.drop(databaseId);
  }

  /** Lets requests under way end, then closes all connections; does not wait for stubborn ones. */
  async close(): Promise<void> {
    this.watchdog.hurry();
    await this.pools.close();
    this.watchdog.close();
    await this.terminator.close();
  }

  stats(): PoolStats {
    return this.pools.stats();
  }

  /** `cannotShrink`: what a database over its quota may send as a reader only. */
  private plan({ route, role, body }: SqlCall, cannotShrink: boolean): Plan {
    const writes = this.gate.writesOf(route);
    const mode = writes === 'shrink' && cannotShrink ? 'locked' : writes;
    return planRequest(body, role, route.limits, mode);
  }

  private async runInTurn(call: SqlCall): Promise<SqlAnswer> {
    const leave = await this.gate.enter(call.route);
    try {
      // Whoever was before may have left the writes locked.
      return await this.runPlan(call, this.plan(call, false));
    } finally {
      leave();
    }
  }

  /** Where nobody can look, its cluster is away: the meter sees it when it is back. */
  private async lookAgain(route: DatabaseRoute, bytesBefore: number): Promise<void> {
    const admin = this.pools.acquire(route, placeOf(route), 'admin');
    const connection = await admin.catch(() => null);
    if (!connection) return;
    connection.begin(route.limits.statementMs);
    const bytes = await lookAgain(connection).catch(() => Infinity);
    this.gate.slipped(route, bytes - bytesBefore);
  }

  private async runPlan(call: SqlCall, plan: Plan): Promise<SqlAnswer> {
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
      this.end(connection, call, startedAt);
    }
  }

  private begin(connection: Connection, { route, cancellation }: SqlCall): void {
    connection.begin(route.limits.statementMs);
    cancellation?.listen(() => this.watchdog.stop(connection, cancelled()));
  }

  private end(connection: Connection, { route, cancellation }: SqlCall, startedAt: number): void {
    cancellation?.listen(null);
    if (connection.held) connection.release();
    this.onExecuted?.(route.id, performance.now() - startedAt);
  }

  private takeIdle({ route, role, cancellation }: SqlCall): Connection | null {
    if (cancellation?.cancelled) throw cancelled();
    if (this.pools.isStuck(route.id)) throw backendStuck();
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
    { route, body, role, idempotencyKey }: SqlCall,
  ): Promise<Outcome & { replayed?: boolean }> {
    if (idempotencyKey !== undefined && (!plan.readOnly || plan.writes === 'locked')) {
      const run = plan.writes === 'locked' ? replayOrRead : runIdempotent;
      return run(connection, plan, idempotencyKey, requestFingerprint(body, role));
    }
    if (plan.writes === 'shrink') return runShrinking(connection, plan, route, this.gate);
    const checked = plan.batch || plan.statements[0]!.failOnLimit;
    return checked ? runPipeline(connection, plan) : runStatement(connection, plan);
  }

  private explained<E>(error: E, { route }: SqlCall, { writes }: Plan): E | AppError {
    if (writes === 'open' || !(error instanceof AppError)) return error;
    return explainStorage(error, route, this.gate.writesOf(route) === 'locked');
  }
}

function placeOf({ place }: DatabaseRoute): DatabasePlace {
  if (place) return place;
  throw new AppError('database_not_ready', 'The database is still being made.', { retryAfter: 1 });
}
