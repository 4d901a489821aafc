import { AppError } from '@howdah/kernel';
import { type RateLimit, RateLimits } from '@howdah/queue';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { AccountPrincipal } from '@howdah/identity';
import type { RequestWithAccess } from './database-access';

/** Far above what a console or a script asks, and far below what keeps others waiting. */
const MANAGEMENT: RateLimit = { name: 'management', points: 1_200, durationSeconds: 60 };

/** What the guard before this one has found: who asks, or of whose database. */
type Asked = Partial<RequestWithAccess & { user: AccountPrincipal }>;

/** Calls about databases and keys, all but SQL: each reads the control plane. Counts by the account they are about. */
@Injectable()
export class ManagementLimitGuard implements CanActivate {
  constructor(@Inject(RateLimits) private readonly limits: RateLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { databaseAccess, user } = context.switchToHttp().getRequest<Asked>();
    const accountId = databaseAccess?.route.accountId ?? user!.accountId;
    const { granted, resetMs } = await this.limits.spendHere(MANAGEMENT, accountId);
    if (granted > 0) return true;
    const retryAfter = Math.max(1, Math.ceil(resetMs / 1000));
    const message = `An account may ask this ${MANAGEMENT.points} times a minute; try again in ${retryAfter} s.`;
    throw new AppError('rate_limited', message, { retryAfter });
  }
}
