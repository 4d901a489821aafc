import { rolePassword } from '@howdah/kernel';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Postgres' words, without an SQLSTATE of their own, where two sessions change one role at once. */
const CHANGED_MEANWHILE = 'tuple concurrently updated';
const CHANGE_ATTEMPTS_MAX = 200;
const CHANGE_PAUSE_MS = 20;

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

  /**
   * Changes logins that are open, whatever their tenant does to them meanwhile: where its changes
   * cannot be made to wait for ours, ours are tried until they come in between.
   */
  async changeLogins(family: string, sql: string): Promise<void> {
    const { rights } = await this.traits();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.admin.home(`${rights.lockLogins(family)} ${sql}`);
        return;
      } catch (error) {
        const again = error instanceof Error && error.message === CHANGED_MEANWHILE;
        if (!again || attempt >= CHANGE_ATTEMPTS_MAX) throw error;
        await sleep(Math.random() * CHANGE_PAUSE_MS);
      }
    }
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
