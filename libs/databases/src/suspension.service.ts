import type { DatabaseState } from '@howdah/contracts';
import { AppError } from '@howdah/kernel';
import { DataSource } from '@howdah/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DatabaseService } from './database.service';

const SUSPENDABLE: DatabaseState[] = ['ready', 'read_only', 'suspended'];

/** Why the processes suspend a database; an operator writes a reason of their own. */
export const SUSPENSION = {
  stubborn:
    'A statement went on after it was cancelled and its session was ended. Statements of that kind ' +
    'cannot be stopped, and take time from everybody else.',
  hostage:
    'An index or statistics expression kept autovacuum busy for too long. It runs for everybody, ' +
    'and was stopped.',
  gateEvaded: 'It is over its limit of storage, and a statement made it grow past the last check.',
} as const;

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
    const suspended = await this.close(id, reason, { neighbours: false });
    if (suspended.includes(id)) return true;
    const [{ state }] = await this.databases.get(id);
    if (SUSPENDABLE.includes(state)) return false;
    const message = `A database that is ${state} cannot be suspended; only one that runs.`;
    throw new AppError('state_conflict', message, { state });
  }

  /**
   * For what harms a whole cluster: the other free databases of its account are suspended with it, or
   * the next attack would come from them.
   */
  async suspendWithNeighbours(id: string, reason: string): Promise<void> {
    await this.close(id, reason, { neighbours: true });
  }

  /** It is open once the provisioner has opened its logins. @throws AppError `state_conflict` */
  async lift(id: string): Promise<void> {
    const [, affected] = await this.source.query<[unknown[], number]>(
      `update database set suspension = null, suspended_at = null
       where id = $1 and suspension is not null`,
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

  /** Also one whose suspension was lifted a moment ago and that is not open yet. */
  private async close(
    id: string,
    reason: string,
    { neighbours }: { neighbours: boolean },
  ): Promise<string[]> {
    const [rows] = await this.source.query<[{ id: string }[], number]>(
      `update database as d set state = 'suspended', suspension = $2, suspended_at = now(),
         state_changed_at = now()
       where (d.state in ('ready', 'read_only') or (d.state = 'suspended' and d.suspension is null))
         and (d.id = $1 or ($3 and d.account_id = (select account_id from database where id = $1)
           and exists (select 1 from plan p where p.id = d.plan_id and p.price_amount = 0)))
       returning d.id`,
      [id, reason, neighbours],
    );
    for (const row of rows) await this.databases.hintProvisioner('apply', row);
    return rows.map((row) => row.id);
  }
}
