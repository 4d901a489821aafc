import { AccountTokenEntity } from './account-token.entity';
import { AccountEntity } from './account.entity';
import { DatabaseKeyEntity } from './database-key.entity';

export type { AccountEntity } from './account.entity';
export { AccountService } from './account.service';
export { IdentityModule } from './identity.module';
export { KeyRepository } from './key.repository';
export { KeyUse } from './key-use.service';
export { AccountGuard, PasswordGuard } from './passport.guards';
export {
  type AccountPrincipal,
  type KeyPrincipal,
  type Principal,
  Principals,
} from './principals.service';
export { SignInLimits } from './sign-in-limits';
export { bearerOf } from './token';

export const IDENTITY_ENTITIES = [AccountEntity, AccountTokenEntity, DatabaseKeyEntity];
