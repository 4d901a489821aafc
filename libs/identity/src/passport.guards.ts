import { AppError } from '@howdah/kernel';
import { Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';

/** The request's `user` is the account whose password was given. */
@Injectable()
export class PasswordGuard extends AuthGuard('password') {
  override handleRequest<U>(error: unknown, account: U | false): U {
    if (error) throw error;
    if (!account) {
      throw new AppError('invalid_request', 'The body must be {"email": "…", "password": "…"}.');
    }
    return account;
  }
}

/** The request's `user` is the person whose account token was given. */
@Injectable()
export class AccountGuard extends AuthGuard('account-token') {
  override handleRequest<U>(error: unknown, principal: U | false): U {
    if (error) throw error;
    if (!principal) {
      throw new AppError(
        'unauthenticated',
        'Send an account token as "Authorization: Bearer hdt_…".',
      );
    }
    return principal;
  }
}
