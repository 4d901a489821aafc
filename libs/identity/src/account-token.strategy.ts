import { AppError } from '@howdah/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-http-bearer';
import { type AccountPrincipal, Principals } from './principals.service';

type PassportRequest = Parameters<Strategy<never>['authenticate']>[0];

/** Passport's `bearer` strategy: a person by an account token. Keys of a database are refused. */
@Injectable()
export class AccountTokenStrategy extends PassportStrategy(Strategy, 'account-token') {
  constructor(@Inject(Principals) private readonly principals: Principals) {
    super({ passReqToCallback: true });
  }

  /** From the header alone: passport would take a token from the URL too, and URLs end in logs. */
  override authenticate(request: PassportRequest, options?: object): void {
    const { authorization } = request.headers;
    const { ip } = request;
    super.authenticate({ headers: { authorization }, ip } as PassportRequest, options);
  }

  async validate({ ip }: { ip: string }, token: string): Promise<AccountPrincipal> {
    const principal = await this.principals.recognise(token, ip);
    if (principal.kind === 'account') return principal;
    throw new AppError(
      'unauthenticated',
      'This needs an account token (hdt_…), not a database key.',
    );
  }
}
