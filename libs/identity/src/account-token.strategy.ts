import { AppError } from '@howdah/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-http-bearer';
import { type AccountPrincipal, Principals } from './principals.service';

/** Passport's `bearer` strategy: a person by an account token. Keys of a database are refused. */
@Injectable()
export class AccountTokenStrategy extends PassportStrategy(Strategy, 'account-token') {
  constructor(@Inject(Principals) private readonly principals: Principals) {
    super();
  }

  async validate(token: string): Promise<AccountPrincipal> {
    const principal = await this.principals.recognise(token);
    if (principal.kind === 'account') return principal;
    throw new AppError(
      'unauthenticated',
      'This needs an account token (hdt_…), not a database key.',
    );
  }
}
