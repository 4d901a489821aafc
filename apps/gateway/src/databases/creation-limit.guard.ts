import type { AccountPrincipal } from '@howdah/identity';
import { AppError } from '@howdah/kernel';
import { RateLimits } from '@howdah/queue';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { GatewayEnv } from '../env';
import { GATEWAY_ENV } from '../gateway-env.token';

const DAY_SECONDS = 86_400;

/**
 * A deleted database leaves its snapshot for a week, so making and deleting must have an end. Runs
 * after `AccountGuard`, which says who asks.
 */
@Injectable()
export class CreationLimitGuard implements CanActivate {
  constructor(
    @Inject(RateLimits) private readonly limits: RateLimits,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { user } = context.switchToHttp().getRequest<{ user: AccountPrincipal }>();
    const points = this.env.DATABASES_PER_ACCOUNT_AND_DAY;
    const limit = { name: 'databases-created', points, durationSeconds: DAY_SECONDS };
    const { granted, resetMs } = await this.limits.spend(limit, user.accountId);
    if (granted > 0) return true;
    throw new AppError('rate_limited', `An account asks for ${points} databases a day at most.`, {
      retryAfter: Math.ceil(resetMs / 1000),
    });
  }
}
