import { type SqlRequest, Statement } from '@howdah/contracts';
import { renderError, SchemaPipe } from '@howdah/http';
import type { AppError } from '@howdah/kernel';
import { Body, Controller, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, type DatabaseAccess } from '../access/database-access';
import { DatabaseAccessGuard } from '../access/database-access.guard';
import { answerLines } from './answer-lines';
import { Caller } from './caller';
import { idempotencyKeyOf, refuseIdempotencyKey } from './idempotency-key';
import { RunSql } from './run-sql.service';
import { SqlRequestPipe } from './sql-request.pipe';
import { answerSql, tellLimits } from './sql-headers';
import { UnreadAnswers } from './unread-answers';

@Controller('v1/databases/:databaseId/sql')
@UseGuards(DatabaseAccessGuard)
export class SqlController {
  private readonly unread = new UnreadAnswers();

  constructor(@Inject(RunSql) private readonly sql: RunSql) {}

  @Post()
  async run(
    @Access() access: DatabaseAccess,
    @Body(SqlRequestPipe) body: SqlRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const idempotencyKey = idempotencyKeyOf(request);
    tellLimits(reply, access.route, await this.sql.admit(access.route, request.bodyBytes));
    const caller = new Caller(reply);
    const answer = await this.sql.run({ ...access, caller, idempotencyKey }, body);
    answerSql(reply, answer);
    this.unread.watch(reply.raw, answer.body.length, access.route.accountId);
  }

  @Post('stream')
  async stream(
    @Access() access: DatabaseAccess,
    @Body(new SchemaPipe(Statement)) statement: Statement,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    refuseIdempotencyKey(request);
    tellLimits(reply, access.route, await this.sql.admit(access.route, request.bodyBytes));
    const caller = new Caller(reply);
    const errorBody = (error: AppError) => renderError(error, reply.request.id).body.error;
    await answerLines(reply, (lines) =>
      this.sql.stream({ ...access, caller }, statement, lines, errorBody),
    );
  }
}
