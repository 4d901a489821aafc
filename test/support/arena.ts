import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, inject, type TestContext } from 'vitest';
import { type CustomerDatabase, newDatabase } from './customer';
import type { ServerUnderTest } from './isolation-servers';
import { giveNumbers, type PlanNumbers, PLENTY, ROOM } from './plans';
import { Victim } from './victim';

/** One line of the table that ends a run. */
export interface AttackRecord {
  server: string;
  /** The sentence that the attack's name ends; empty if the name is a whole one. */
  sentence: string;
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

const ON_SERVER = 'On PostgreSQL ';

const sentenceOf = (suite = '') => (suite.startsWith(ON_SERVER) ? '' : suite);

/** Runs the stories once for each version of Postgres at hand. */
export function onEachServer(stories: (server: ServerUnderTest) => void): void {
  for (const server of inject('servers')) {
    describe(`${ON_SERVER}${server.name}:`, () => {
      stories(server);
    });
  }
}

/** Neither the number of requests nor the seconds of computing stop whoever is on this plan. */
const ATTACKER = { id: 'attacker', numbers: PLENTY };
/** Nor do quotas. */
export const BOMBER = { id: 'bomber', numbers: { ...PLENTY, ...ROOM } };

/** A tenant who attacks and one who must not notice, on a cluster that both share. */
export class Arena {
  attacker!: CustomerDatabase;
  victim!: Victim;

  /** To be made inside a `describe`: both tenants are there before its first story. */
  constructor(
    readonly server: ServerUnderTest,
    private readonly attackersPlan: { id: string; numbers: PlanNumbers } = ATTACKER,
  ) {
    beforeAll(async () => {
      this.victim = await Victim.at(server);
      this.attacker = await this.newAttacker();
    });
  }

  /** Another attacker, on the same plan. */
  async newAttacker(): Promise<CustomerDatabase> {
    const attacker = await newDatabase(this.server.gatewayUrl);
    const { id, numbers } = this.attackersPlan;
    await giveNumbers(this.server.controlUrl, attacker, id, numbers);
    return attacker;
  }

  /** Waits until nothing that an attack before left running keeps the attacker from the cluster. */
  async attackerIsServed(): Promise<void> {
    for (const until = Date.now() + 10_000; ; await sleep(50)) {
      const { status, text } = await this.attacker.sql('select 1');
      if (status === 200) return;
      if (Date.now() > until) throw new Error(`The attacker is kept out: ${text}`);
    }
  }

  /**
   * Runs an attack while the victim asks, for `atLeastMs` at least, and fails if the victim saw an
   * error. What the attack returns is the outcome that the table shows.
   */
  async beside(
    { task }: Pick<TestContext, 'task'>,
    attack: () => Promise<string>,
    { victim = this.victim, atLeastMs = 200 } = {},
  ): Promise<void> {
    const attacking = attack();
    const seen = await victim.during(attacking, atLeastMs);
    const outcome = await attacking.catch((error: Error) => `failed: ${error.message}`);
    (task.meta.attacks ??= []).push({
      server: this.server.name,
      sentence: sentenceOf(task.suite?.name),
      attack: task.name,
      outcome,
      victimErrors: seen.errors.length,
      victimRequests: seen.requests,
      victimSlowestMs: seen.slowestMs,
    });
    await attacking;
    if (seen.errors.length > 0) throw new Error(`The victim saw: ${seen.errors.join('\n')}`);
  }
}
