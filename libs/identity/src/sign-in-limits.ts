import { createHash } from 'node:crypto';
import { AppError } from '@howdah/kernel';
import { type RateLimit, RateLimits } from '@howdah/queue';
import { addressBlock } from './address-block';

export interface SignInLimitOptions {
  signUpsPerAddressAndHour: number;
  signInsPerAddressAndQuarterHour: number;
}

const QUARTER_HOUR_SECONDS = 900;

/** Guesses at one account from one place; few, as they are only ever wrong passwords. */
const BY_ACCOUNT_AND_ADDRESS: RateLimit = {
  name: 'sign-in-account-address',
  points: 10,
  durationSeconds: QUARTER_HOUR_SECONDS,
};

/** And from everywhere: wide, so that nobody can lock somebody else out with a few requests. */
const BY_ACCOUNT: RateLimit = {
  name: 'sign-in-account',
  points: 100,
  durationSeconds: QUARTER_HOUR_SECONDS,
};

/** What a password guesser or a robot meets. */
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
      addressBlock(address),
      'sign-ups from this address',
    );
  }

  /** Counts an attempt before its password is looked at. @throws AppError `rate_limited` */
  async admitSignIn(address: string, email: string): Promise<void> {
    for (const [limit, key] of this.signInCounters(address, email)) {
      await this.spend(limit, key, 'attempts to sign in');
    }
  }

  /** The password was right: that was no guess, so it does not count. */
  async signedIn(address: string, email: string): Promise<void> {
    for (const [limit, key] of this.signInCounters(address, email)) {
      await this.limits.refund(limit, key);
    }
  }

  private signInCounters(address: string, email: string): [RateLimit, string][] {
    const block = addressBlock(address);
    // Hashed, so that the store shows no e-mail address, and has room for any.
    const account = createHash('sha256').update(email.trim().toLowerCase()).digest('base64url');
    const byAddress = {
      name: 'sign-in-address',
      points: this.options.signInsPerAddressAndQuarterHour,
      durationSeconds: QUARTER_HOUR_SECONDS,
    };
    return [
      [byAddress, block],
      [BY_ACCOUNT_AND_ADDRESS, `${account}:${block}`],
      [BY_ACCOUNT, account],
    ];
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
