import { z } from 'zod';
import { StorableText } from './text';

const email = z.string().trim().toLowerCase().max(254).pipe(z.email('must be an e-mail address'));

/** `POST /v1/accounts`. Twelve characters or more: NIST SP 800-63B asks for length, not for symbols. */
export const SignUp = z.strictObject({
  email,
  password: StorableText.min(12, 'must have at least 12 characters').max(256),
});
export type SignUp = z.output<typeof SignUp>;

/** `POST /v1/sessions`. No rule on the password here: a wrong one is wrong, not invalid. */
export const SignIn = z.strictObject({ email, password: z.string().min(1).max(256) });
export type SignIn = z.output<typeof SignIn>;

export interface AccountView {
  id: string;
  email: string;
}

/** Answer of sign-up and sign-in; `token` reads `hdt_…` and is shown this once. */
export interface SessionView {
  account: AccountView;
  token: string;
}
