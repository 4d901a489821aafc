import { createHash, timingSafeEqual } from 'node:crypto';
import { bearerOf } from '@howdah/identity';
import { AppError } from '@howdah/kernel';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { GatewayEnv } from '../env';
import { GATEWAY_ENV } from '../gateway-env.token';

/** Lets in who runs this Howdah. Where no token was set there is nothing to be let into. */
@Injectable()
export class OperatorGuard implements CanActivate {
  private readonly hash: Buffer | null;

  constructor(@Inject(GATEWAY_ENV) { OPERATOR_TOKEN }: GatewayEnv) {
    this.hash = OPERATOR_TOKEN === undefined ? null : hashOf(OPERATOR_TOKEN);
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers, method, url } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!this.hash) throw new AppError('not_found', `There is nothing at ${method} ${url}.`);
    const token = bearerOf(headers.authorization);
    if (token !== undefined && timingSafeEqual(hashOf(token), this.hash)) return true;
    throw new AppError('unauthenticated', "This needs the operator's token (hdo_…).");
  }
}

/** Equal in length whatever was sent, as the comparison wants it. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
