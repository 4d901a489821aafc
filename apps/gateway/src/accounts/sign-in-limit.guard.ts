import { SignIn } from '@howdah/contracts';
import { parseWith } from '@howdah/http';
import { SignInLimits } from '@howdah/identity';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Counts a sign-in before the password is looked at: guessing costs, whatever the guess. */
@Injectable()
export class SignInLimitGuard implements CanActivate {
  constructor(@Inject(SignInLimits) private readonly limits: SignInLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { email } = parseWith(SignIn, request.body);
    await this.limits.admitSignIn(request.ip, email);
    return true;
  }
}
