import { DatabaseId } from '@howdah/contracts';
import { DatabaseDirectory, type DatabaseRoute } from '@howdah/databases';
import { bearerOf, KeyUse, type Principal, Principals } from '@howdah/identity';
import { AppError } from '@howdah/kernel';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { checkOrigin } from './check-origin';
import type { DatabaseAccess, RequestWithAccess } from './database-access';

/**
 * Lets in the bearer of a key of the database in the address, or of its owner's account token.
 * Whoever holds neither is not told whether there is such a database.
 */
@Injectable()
export class DatabaseAccessGuard implements CanActivate {
  constructor(
    @Inject(Principals) private readonly principals: Principals,
    @Inject(DatabaseDirectory) private readonly directory: DatabaseDirectory,
    @Inject(KeyUse) private readonly keyUse: KeyUse,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & RequestWithAccess>();
    request.databaseAccess = await this.accessOf(request);
    return true;
  }

  /** @throws AppError `unauthenticated`, `not_found`, and what `checkOrigin` throws */
  async accessOf(request: FastifyRequest): Promise<DatabaseAccess> {
    const { databaseId } = request.params as { databaseId: string };
    const token = bearerOf(request.headers.authorization);
    const principal = await this.principals.recognise(token, request.ip);
    const route = this.directory.peek(databaseId) ?? (await this.find(databaseId));
    return this.admit(principal, route, databaseId, request);
  }

  /** What is no id is not looked for: it may hold what Postgres refuses. */
  private async find(id: string): Promise<DatabaseRoute | null> {
    return DatabaseId.safeParse(id).success ? this.directory.find(id) : null;
  }

  private admit(
    principal: Principal,
    route: DatabaseRoute | null,
    databaseId: string,
    { headers }: FastifyRequest,
  ): DatabaseAccess {
    if (principal.kind === 'key' && principal.databaseId === databaseId && route) {
      checkOrigin(principal, {
        origin: headers.origin,
        fetchMode: headers['sec-fetch-mode'] as string | undefined,
      });
      this.keyUse.record(principal.keyId);
      return { route, role: principal.role, isOwner: false };
    }
    if (principal.kind === 'account' && route?.accountId === principal.accountId) {
      return { route, role: 'admin', isOwner: true };
    }
    throw new AppError(
      'not_found',
      'There is no such database, or this key or token does not open it.',
    );
  }
}
