import { type DynamicModule, Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { RateLimits } from '@howdah/queue';
import { AccountTokenStrategy } from './account-token.strategy';
import { AccountRepository } from './account.repository';
import { AccountService } from './account.service';
import { KeyUse } from './key-use.service';
import { KeyRepository } from './key.repository';
import { PasswordStrategy } from './password.strategy';
import { Principals } from './principals.service';
import { type SignInLimitOptions, SignInLimits } from './sign-in-limits';

/** Who is there: accounts, their tokens, and the keys of databases. */
@Module({})
export class IdentityModule {
  static forRoot(options: SignInLimitOptions): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      imports: [PassportModule.register({ session: false })],
      providers: [
        AccountRepository,
        AccountService,
        AccountTokenStrategy,
        KeyRepository,
        KeyUse,
        PasswordStrategy,
        Principals,
        {
          provide: SignInLimits,
          inject: [RateLimits],
          useFactory: (limits: RateLimits) => new SignInLimits(limits, options),
        },
      ],
      exports: [AccountService, KeyRepository, KeyUse, Principals, SignInLimits],
    };
  }
}
