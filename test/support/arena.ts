import { beforeAll, describe, expect, inject, type TestContext } from 'vitest';
import { type CustomerDatabase, inControl, newDatabase } from './customer';
import type { ServerUnderTest } from './isolation-servers';
import { giveNumbers, PLENTY } from './plans';
import { Victim } from './victim';

/** One line of the table that ends a run. */
export interface AttackRecord {
  server: string;
  attack: string;
  outcome: string;
  victimErrors: number;
  victimRequests: number;
  victimSlowestMs: number;
}

declare module 'vitest' {
  interface TaskMeta {
    attacks?: AttackRecord[];
  }
}

/** Runs the stories once for each version of Postgres at hand. */
export function onEachServer(stories: (server: ServerUnderTest) => void): void {
  for (const server of inject('servers')) {
    describe(`On PostgreSQL ${server.name}:`, () => stories(server));
  }
}

/** A tenant who attacks and one who must not notice, on a cluster that both share. */
export class Arena {
  attacker!: CustomerDatabase;
  victim!: Victim;

  /** To be made inside a `describe`: both tenants are there before its first story. */
  constructor(readonly server: ServerUnderTest) {
    beforeAll(async () => {
      this.victim = await Victim.at(server);
      this.attacker = await this.newAttacker();
    });
  }

  /** A tenant whom neither the number of requests nor the seconds of computing stop. */
  async newAttacker(): Promise<CustomerDatabase> {
    const attacker = await newDatabase(this.server.gatewayUrl);
    await giveNumbers(this.server.controlUrl, attacker, 'attacker', PLENTY);
    return attacker;
  }

  /**
   * Runs an attack while the victim asks, for a second at least, and fails if the victim saw an
   * error. What the attack returns is the outcome that the table shows.
   */
  async beside(
    { task }: Pick<TestContext, 'task'>,
    attack: () => Promise<string>,
    { victim = this.victim, atLeastMs = 1_000 } = {},
  ): Promise<void> {
    const attacking = attack();
    const seen = await victim.during(attacking, atLeastMs);
    const outcome = await attacking.catch((error: Error) => `failed: ${error.message}`);
    (task.meta.attacks ??= []).push({
      server: this.server.name,
      attack: task.name,
      outcome,
      victimErrors: seen.errors.length,
      victimRequests: seen.requests,
      victimSlowestMs: seen.slowestMs,
    });
    await attacking;
    expect(seen.errors).toEqual([]);
    expect(seen.requests).toBeGreaterThan(0);
  }
}

/** The name of a database, and of its login, on its cluster. */
export async function physicalName(
  { controlUrl }: Pick<ServerUnderTest, 'controlUrl'>,
  { id }: Pick<CustomerDatabase, 'id'>,
): Promise<string> {
  const [row] = await inControl<{ name: string }>(
    controlUrl,
    'select physical_name as name from database where id = $1',
    [id],
  );
  return row!.name;
}
