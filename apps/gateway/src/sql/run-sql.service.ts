import type { KeyRole, SqlRequest, Statement } from '@howdah/contracts';
import type { DatabaseRoute } from '@howdah/databases';
import { AppError } from '@howdah/kernel';
import { type Cancellation, type SqlAnswer, SqlRunner } from '@howdah/sql';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Writable } from 'node:stream';
import { checkState } from './check-state';
import { type Budget, RequestBudget } from './request-budget.service';
import { RequestsUnderWay } from './requests-under-way';

/** A request on a database whose caller was let in. */
export interface SqlCall {
  route: DatabaseRoute;
  role: KeyRole;
  cancellation: Cancellation;
  idempotencyKey?: string | undefined;
}

/** Admits a request to its database and runs it there: state, rate and number, then the query. */
@Injectable()
export class RunSql implements OnApplicationShutdown {
  private readonly underWay = new RequestsUnderWay();

  constructor(
    @Inject(RequestBudget) private readonly budget: RequestBudget,
    @Inject(SqlRunner) private readonly runner: SqlRunner,
  ) {}

  /** Takes one request from what the database has left of this minute. */
  admit(route: DatabaseRoute): Promise<Budget> {
    checkState(route.state);
    return this.budget.take(route);
  }

  /** The server is closed by then, so no request is under way. */
  async onApplicationShutdown(): Promise<void> {
    await this.runner.close();
  }

  async run(call: SqlCall, body: SqlRequest): Promise<SqlAnswer> {
    this.underWay.enter(call.route);
    try {
      return await this.runner.run({ ...call, body });
    } finally {
      this.underWay.leave(call.route);
    }
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
    this.underWay.enter(call.route);
    try {
      const { error } = await this.runner.stream({ ...call, body: statement }, sink, errorBody);
      return error;
    } finally {
      this.underWay.leave(call.route);
    }
  }
}
