import type { AccountPrincipal } from '@howdah/identity';
import { AppError } from '@howdah/kernel';
import { type RateLimit, RateLimits } from '@howdah/queue';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';

/** A deleted database leaves its snapshot for a week, so making and deleting must have an end. */
const CREATIONS: RateLimit = { name: 'databases-created', points: 50, durationSeconds: 86_400 };

/** Runs after `AccountGuard`, which says who asks. */
@Injectable()
export class CreationLimitGuard implements CanActivate {
  constructor(@Inject(RateLimits) private readonly limits: RateLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { user } = context.switchToHttp().getRequest<{ user: AccountPrincipal }>();
    const { granted, resetMs } = await this.limits.spend(CREATIONS, user.accountId);
    if (granted > 0) return true;
    throw new AppError('rate_limited', `An account makes ${CREATIONS.points} databases a day.`, {
      retryAfter: Math.ceil(resetMs / 1000),
    });
  }
}
