import type { KeyClass, KeyRole } from '@howdah/contracts';
import { AppError, Clock } from '@howdah/kernel';
import { ChangeFeed, type Loaded, Remembered } from '@howdah/persistence';
import { type RateLimit, RateLimits } from '@howdah/queue';
import { Inject, Injectable } from '@nestjs/common';
import { AccountRepository } from './account.repository';
import { addressBlock } from './address-block';
import { KeyRepository } from './key.repository';
import { Lines } from './lines';
import { hashToken, looksLikeToken } from './token';

export interface AccountPrincipal {
  kind: 'account';
  accountId: string;
  expiresAt: Date;
}

export interface KeyPrincipal {
  kind: 'key';
  keyId: string;
  databaseId: string;
  role: KeyRole;
  class: KeyClass;
  origins: readonly string[];
}

/** Who a bearer token speaks for. */
export type Principal = AccountPrincipal | KeyPrincipal;

const REMEMBERED_MAX = 50_000;

/** Each costs a look into the control plane. Past so many, an address gets one look at a time. */
const UNKNOWN_TOKENS: RateLimit = { name: 'unknown-tokens', points: 100, durationSeconds: 60 };

/** From a bearer token to a principal, without a look-up for tokens seen in the last minute. */
@Injectable()
export class Principals {
  private readonly remembered: Remembered<Principal>;
  private readonly lines = new Lines();

  constructor(
    @Inject(AccountRepository) private readonly accounts: AccountRepository,
    @Inject(KeyRepository) private readonly keys: KeyRepository,
    @Inject(ChangeFeed) feed: ChangeFeed,
    @Inject(RateLimits) private readonly limits: RateLimits,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.remembered = new Remembered(feed, (hash) => this.load(Buffer.from(hash, 'base64')), {
      tables: ['account_token', 'database_key'],
      entriesMax: REMEMBERED_MAX,
    });
  }

  /**
   * `address` is the caller's: who sends many tokens that nobody has must wait in line.
   * @throws AppError `unauthenticated`, `rate_limited`
   */
  async recognise(token: string | undefined, address: string): Promise<Principal> {
    if (token === undefined) {
      throw unauthenticated('Send a key or token as "Authorization: Bearer …".');
    }
    if (!looksLikeToken(token)) throw unauthenticated('This is not a key or token of Howdah.');
    const hash = hashToken(token).toString('base64');
    const principal = this.remembered.peek(hash) ?? (await this.lookUp(hash, address));
    if (!principal || this.isExpired(principal)) {
      throw unauthenticated('This key or token is unknown, revoked or expired.');
    }
    return principal;
  }

  private async lookUp(hash: string, address: string): Promise<Principal | null> {
    const block = addressBlock(address);
    const trusted = await this.limits.hasLeftHere(UNKNOWN_TOKENS, block);
    const principal = trusted
      ? await this.remembered.get(hash)
      : await this.lookUpInLine(hash, block);
    if (!principal) await this.limits.spendHere(UNKNOWN_TOKENS, block);
    return principal;
  }

  /** Slowed down, not shut out: a school has one address, and only one pupil guesses. */
  private async lookUpInLine(hash: string, block: string): Promise<Principal | null> {
    const found = await this.lines.stand(block, () => this.remembered.get(hash));
    if (found) return found.result;
    const message =
      'Too many unknown keys or tokens come from this address; try again in a moment.';
    throw new AppError('rate_limited', message, { retryAfter: 1 });
  }

  private isExpired(principal: Principal): boolean {
    return principal.kind === 'account' && principal.expiresAt <= this.clock.now();
  }

  private async load(hash: Buffer): Promise<Loaded<Principal> | null> {
    const key = await this.keys.findByHash(hash);
    if (key) {
      const { id: keyId, databaseId, role, class: keyClass, origins } = key;
      const value = { kind: 'key' as const, keyId, databaseId, role, class: keyClass, origins };
      return { value, rows: [`database_key:${keyId}`] };
    }
    const token = await this.accounts.findToken(hash, this.clock.now());
    if (!token) return null;
    const { accountId, expiresAt } = token;
    return {
      value: { kind: 'account', accountId, expiresAt },
      rows: [`account_token:${token.id}`],
    };
  }
}

function unauthenticated(message: string): AppError {
  return new AppError('unauthenticated', message);
}
