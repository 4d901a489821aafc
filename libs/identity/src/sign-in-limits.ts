import { createHash } from 'node:crypto';
import { AppError } from '@howdah/kernel';
import { type RateLimit, RateLimits } from '@howdah/queue';

export interface SignInLimitOptions {
  signUpsPerAddressAndHour: number;
  signInsPerAddressAndQuarterHour: number;
}

const SIGN_INS_PER_ACCOUNT_AND_QUARTER_HOUR = 10;
const QUARTER_HOUR_SECONDS = 900;

/** What a password guesser or a robot meets. Counted by address, and by account from anywhere. */
export class SignInLimits {
  constructor(
    private readonly limits: RateLimits,
    private readonly options: SignInLimitOptions,
  ) {}

  /** @throws AppError `rate_limited` */
  async admitSignUp(address: string): Promise<void> {
    await this.spend(
      {
        name: 'sign-up-address',
        points: this.options.signUpsPerAddressAndHour,
        durationSeconds: 3_600,
      },
      address,
      'sign-ups from this address',
    );
  }

  /** @throws AppError `rate_limited` */
  async admitSignIn(address: string, email: string): Promise<void> {
    await this.spend(
      {
        name: 'sign-in-address',
        points: this.options.signInsPerAddressAndQuarterHour,
        durationSeconds: QUARTER_HOUR_SECONDS,
      },
      address,
      'sign-ins from this address',
    );
    await this.spend(
      {
        name: 'sign-in-account',
        points: SIGN_INS_PER_ACCOUNT_AND_QUARTER_HOUR,
        durationSeconds: QUARTER_HOUR_SECONDS,
      },
      // An address in the store is not readable, and no longer than the store's column.
      createHash('sha256').update(email.trim().toLowerCase()).digest('base64url'),
      'sign-ins to this account',
    );
  }

  private async spend(limit: RateLimit, key: string, what: string): Promise<void> {
    const spent = await this.limits.spend(limit, key);
    if (spent.granted > 0) return;
    const retryAfter = Math.max(1, Math.ceil(spent.resetMs / 1000));
    throw new AppError('rate_limited', `Too many ${what}; try again in ${retryAfter} s.`, {
      retryAfter,
    });
  }
}
