import { rolePassword } from '@howdah/kernel';
import { type AdminRights, CREATOR_RIGHTS, SUPERUSER_RIGHTS } from './admin-rights';
import { AdminConnection } from './session/admin-connection';
import { scramVerifier } from './tenant/scram-verifier';

export interface ClusterOptions {
  id: string;
  adminUrl: string;
  /** The cluster's own secret, from which its roles' passwords follow. */
  secret: string;
}

/** Of a server, what does not change while it runs. */
export interface ServerTraits {
  /** Major version. */
  major: number;
  rights: AdminRights;
}

/** One cluster as every part of this library needs it. */
export class ClusterContext {
  readonly id: string;
  readonly adminUrl: string;
  readonly admin: AdminConnection;
  readonly #secret: string;
  #traits: Promise<ServerTraits> | null = null;

  constructor({ id, adminUrl, secret }: ClusterOptions) {
    this.id = id;
    this.adminUrl = adminUrl;
    this.admin = new AdminConnection(id, adminUrl);
    this.#secret = secret;
  }

  passwordOf(role: string): string {
    return rolePassword(this.#secret, role);
  }

  verifierOf(role: string): Promise<string> {
    return scramVerifier(this.passwordOf(role));
  }

  /** Asked once; a failure is asked again. */
  traits(): Promise<ServerTraits> {
    this.#traits ??= this.#askTraits().catch((error: unknown) => {
      this.#traits = null;
      throw error;
    });
    return this.#traits;
  }

  async #askTraits(): Promise<ServerTraits> {
    const [row] = await this.admin.home<{ major: number; superuser: boolean }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS major, rolsuper AS superuser
       FROM pg_roles WHERE rolname = current_user`,
    );
    const { major, superuser } = row!;
    return { major, rights: superuser ? SUPERUSER_RIGHTS : CREATOR_RIGHTS };
  }
}
