import type { KeyRole, SqlRequest, Statement } from '@howdah/contracts';
import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import { type SqlAnswer, SqlRunner } from '@howdah/sql';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Writable } from 'node:stream';
import type { Caller } from './caller';
import { checkState } from './check-state';
import { checkCompute, ComputeBudget, type ComputeLeft } from './compute-budget.service';
import { type Budget, RequestBudget, requestsOf } from './request-budget.service';
import { RequestsUnderWay } from './requests-under-way';

/** A request on a database whose caller was let in. */
export interface SqlCall {
  route: DatabaseRoute;
  role: KeyRole;
  caller: Caller;
  idempotencyKey?: string | undefined;
}

/** What a database has left of this minute, the request that asks not counted any more. */
export interface LimitsLeft {
  requests: Budget;
  compute: ComputeLeft;
}

/** Admits a request to its database and runs it there: state, rate and number, then the query. */
@Injectable()
export class RunSql implements OnApplicationShutdown {
  private readonly underWay = new RequestsUnderWay();

  constructor(
    @Inject(RequestBudget) private readonly requests: RequestBudget,
    @Inject(ComputeBudget) private readonly compute: ComputeBudget,
    @Inject(SqlRunner) private readonly runner: SqlRunner,
  ) {}

  /**
   * What is known without taking anything, for a request whose body is not read yet.
   * @throws AppError `database_not_ready`, `database_suspended`, `rate_limited`, `compute_limit`
   */
  checkOpen(route: DatabaseRoute): void {
    checkState(route);
    this.requests.checkSpent(route);
    checkCompute(this.compute.left(route));
  }

  /** Takes one request, or more for a large body, from what the database has left of this minute. */
  async admit(route: DatabaseRoute, bodyBytes: number | undefined): Promise<LimitsLeft> {
    checkState(route);
    const requests = await this.requests.take(route, requestsOf(bodyBytes));
    return { requests, compute: this.compute.left(route) };
  }

  /** The server is closed by then, so no request is under way. */
  async onApplicationShutdown(): Promise<void> {
    await this.runner.close();
  }

  async run(call: SqlCall, body: SqlRequest): Promise<SqlAnswer> {
    this.enter(call);
    return this.runner.run({ ...call, cancellation: call.caller.cancellation, body });
  }

  /** The error that ended the stream after its first line, as the last line tells it. */
  async stream(
    call: SqlCall,
    statement: Statement,
    sink: Writable,
    errorBody: (error: AppError) => unknown,
  ): Promise<AppError | null> {
    if (!call.route.limits.streaming) {
      throw new AppError(
        'plan_required',
        `The plan ${call.route.plan} does not stream results; a paid plan does.`,
      );
    }
    this.enter(call);
    const { cancellation } = call.caller;
    const request = { ...call, cancellation, body: statement };
    const { error } = await this.runner.stream(request, sink, errorBody);
    return error;
  }

  /** A request is under way until its answer was taken: what nobody reads is held here. */
  private enter({ route, caller }: SqlCall): void {
    this.underWay.enter(route);
    caller.whenServed(() => this.underWay.leave(route));
  }
}
