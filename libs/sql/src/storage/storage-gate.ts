import type { WriteMode } from '@howdah/contracts';
import type { DatabaseRoute } from '@howdah/databases';
import { connectionsBusy } from '../errors/connect-error';
import { Turns } from './turns';

/** More than autovacuum adds to maps of free space between two looks. */
const SLIP_BYTES_MAX = 1024 * 1024;

export interface StorageEvents {
  /**
   * A write over quota was undone, or its end is not known: what it left in files stays until they
   * are vacuumed. Once for each route object; its writes are locked by then.
   */
  onGrowthUndone?: (databaseId: string) => void;
  /** A write over quota may have been kept, and how large that left the database was not seen. */
  onUnseen?: (route: DatabaseRoute, bytesBefore: number) => void;
  /** A write over quota grew in its COMMIT, after the last look that could have undone it. */
  onGateEvaded?: (databaseId: string) => void;
}

/**
 * What a database over its quota may write, as this process knows it: ahead of the row that its
 * route was made of, until a changed row makes a new route.
 */
export class StorageGate {
  private readonly locked = new WeakSet<DatabaseRoute>();
  private readonly slips = new WeakMap<DatabaseRoute, number>();
  private readonly turns = new Turns();

  constructor(
    private readonly events: StorageEvents,
    private readonly waitMs: number,
  ) {}

  writesOf(route: DatabaseRoute): WriteMode {
    return this.locked.has(route) ? 'locked' : route.writes;
  }

  /**
   * Those who may only shrink write one after the other: of two at once, each would take what the
   * other gave back for its own room. Answers how to leave. Throws `busy`.
   */
  async enter({ id }: DatabaseRoute): Promise<() => void> {
    const leave = await this.turns.enter(id, this.waitMs);
    if (leave === null) throw connectionsBusy();
    return leave;
  }

  undone(route: DatabaseRoute): void {
    if (this.locked.has(route)) return;
    this.locked.add(route);
    this.events.onGrowthUndone?.(route.id);
  }

  /** The look after a COMMIT failed, of which the tenant can have taken care: another is taken. */
  unseen(route: DatabaseRoute, bytesBefore: number): void {
    this.undone(route);
    this.events.onUnseen?.(route, bytesBefore);
  }

  /** Bytes by which a COMMIT grew. Many small ones count together. */
  slipped(route: DatabaseRoute, bytes: number): void {
    const all = (this.slips.get(route) ?? 0) + Math.max(bytes, 0);
    this.slips.set(route, all);
    if (all > SLIP_BYTES_MAX) this.events.onGateEvaded?.(route.id);
  }
}
