import type { DatabaseState } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';
import { DataSource } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DatabaseService } from './database.service';

const SUSPENDABLE: DatabaseState[] = ['ready', 'read_only', 'suspended'];

/**
 * Closes a database whose owner harms others, and opens it again. Gateways refuse it from the row's
 * change on; the provisioner closes its logins on the cluster.
 */
@Injectable()
export class SuspensionService {
  constructor(
    @Inject(DataSource) private readonly source: DataSource,
    @Inject(DatabaseService) private readonly databases: DatabaseService,
  ) {}

  /** The first reason stands. Answers whether it was open until now. @throws AppError `state_conflict` */
  async suspend(id: string, reason: string): Promise<boolean> {
    const [, affected] = await this.source.query<[unknown[], number]>(
      `update database set state = 'suspended', suspension = $2, suspended_at = now(),
         state_changed_at = now()
       where id = $1 and state in ('ready', 'read_only')`,
      [id, reason],
    );
    if (affected === 1) {
      await this.databases.hintProvisioner('apply', { id });
      return true;
    }
    const [{ state }] = await this.databases.get(id);
    if (SUSPENDABLE.includes(state)) return false;
    const message = `A database that is ${state} cannot be suspended; only one that runs.`;
    throw new AppError('state_conflict', message, { state });
  }

  /** It is open once the provisioner has opened its logins. @throws AppError `state_conflict` */
  async lift(id: string): Promise<void> {
    const [, affected] = await this.source.query<[unknown[], number]>(
      `update database set suspension = null, suspended_at = null
       where id = $1 and state = 'suspended'`,
      [id],
    );
    if (affected === 1) return this.databases.hintProvisioner('apply', { id });
    const [{ state }] = await this.databases.get(id);
    const message = `A database that is ${state} is not suspended.`;
    throw new AppError('state_conflict', message, { state });
  }

  /** Opens a lifted one in the control plane, once its cluster lets it in. */
  async reopen(id: string): Promise<void> {
    await this.source.query(
      `update database set state_changed_at = now(),
         state = case when storage_level = 'full' then 'read_only' else 'ready' end
       where id = $1 and state = 'suspended' and suspension is null`,
      [id],
    );
  }
}
