import { SignIn } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import type { AccountEntity } from './account.entity';
import { AccountService } from './account.service';

/** Passport's `local` strategy: an account by e-mail address and password. */
@Injectable()
export class PasswordStrategy extends PassportStrategy(Strategy, 'password') {
  constructor(@Inject(AccountService) private readonly accounts: AccountService) {
    super({ usernameField: 'email', passwordField: 'password', session: false });
  }

  validate(email: string, password: string): Promise<AccountEntity> {
    const parsed = SignIn.safeParse({ email, password });
    if (!parsed.success) {
      throw new AppError('wrong_credentials', 'The e-mail address or the password is wrong.');
    }
    return this.accounts.verify(parsed.data);
  }
}
