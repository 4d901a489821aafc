import { type SessionView, SignUp } from '@howdah/contracts';
import { SchemaPipe } from '@howdah/http';
import { AccountService, type AccountEntity, PasswordGuard, SignInLimits } from '@howdah/identity';
import { Body, Controller, HttpCode, Inject, Ip, Post, Req, UseGuards } from '@nestjs/common';
import { SignInLimitGuard } from './sign-in-limit.guard';

@Controller('v1')
export class AccountsController {
  constructor(
    @Inject(AccountService) private readonly accounts: AccountService,
    @Inject(SignInLimits) private readonly limits: SignInLimits,
  ) {}

  @Post('accounts')
  async signUp(
    @Body(new SchemaPipe(SignUp)) request: SignUp,
    @Ip() address: string,
  ): Promise<SessionView> {
    await this.limits.admitSignUp(address);
    return this.accounts.signUp(request);
  }

  @Post('sessions')
  @HttpCode(200)
  @UseGuards(SignInLimitGuard, PasswordGuard)
  async signIn(
    @Req() { user }: { user: AccountEntity },
    @Ip() address: string,
  ): Promise<SessionView> {
    await this.limits.signedIn(address, user.email);
    return this.accounts.openSession(user);
  }
}
