import { type SqlRequest, Statement } from '@howdah/contracts';
import { renderError, SchemaPipe } from '@howdah/http';
import type { AppError } from '@howdah/kernel';
import { Body, Controller, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, type DatabaseAccess } from '../access/database-access';
import { DatabaseAccessGuard } from '../access/database-access.guard';
import { answerLines } from './answer-lines';
import { cancelWhenGone } from './cancel-when-gone';
import { idempotencyKeyOf, refuseIdempotencyKey } from './idempotency-key';
import { RunSql } from './run-sql.service';
import { SqlRequestPipe } from './sql-request.pipe';
import { answerSql, spendBudget } from './sql-headers';

@Controller('v1/databases/:databaseId/sql')
@UseGuards(DatabaseAccessGuard)
export class SqlController {
  constructor(@Inject(RunSql) private readonly sql: RunSql) {}

  @Post()
  async run(
    @Access() access: DatabaseAccess,
    @Body(SqlRequestPipe) body: SqlRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const idempotencyKey = idempotencyKeyOf(request);
    spendBudget(reply, await this.sql.admit(access.route));
    const cancellation = cancelWhenGone(reply);
    answerSql(reply, await this.sql.run({ ...access, cancellation, idempotencyKey }, body));
  }

  @Post('stream')
  async stream(
    @Access() access: DatabaseAccess,
    @Body(new SchemaPipe(Statement)) statement: Statement,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    refuseIdempotencyKey(request);
    spendBudget(reply, await this.sql.admit(access.route));
    const cancellation = cancelWhenGone(reply);
    const errorBody = (error: AppError) => renderError(error, reply.request.id).body.error;
    await answerLines(reply, (lines) =>
      this.sql.stream({ ...access, cancellation }, statement, lines, errorBody),
    );
  }
}
