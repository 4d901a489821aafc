import type { SessionView, SignIn, SignUp } from '@howdah/contracts';
import { AppError, Clock } from '@howdah/kernel';
import { DataSource, transaction } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { AccountEntity } from './account.entity';
import { AccountRepository } from './account.repository';
import { hashPassword, verifyPassword } from './password';

@Injectable()
export class AccountService {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(AccountRepository) private readonly accounts: AccountRepository,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async signUp(request: SignUp): Promise<SessionView> {
    const passwordHash = await hashPassword(request.password);
    return transaction(this.source, async (tx) => {
      const account = await this.accounts.insert(tx, { email: request.email, passwordHash });
      const token = await this.accounts.insertToken(tx, account.id, this.clock.now());
      return { account: { id: account.id, email: account.email }, token };
    });
  }

  /** @throws AppError `wrong_credentials`, the same for an unknown address and a wrong password */
  async verify(request: SignIn): Promise<AccountEntity> {
    const account = await this.accounts.findByEmail(request.email);
    if (!(await verifyPassword(account?.passwordHash, request.password)) || !account) {
      throw new AppError('wrong_credentials', 'The e-mail address or the password is wrong.');
    }
    return account;
  }

  /** A new token for somebody whose password was verified. */
  async openSession(account: AccountEntity): Promise<SessionView> {
    const token = await this.accounts.insertToken(
      this.source.manager,
      account.id,
      this.clock.now(),
    );
    return { account: { id: account.id, email: account.email }, token };
  }
}
