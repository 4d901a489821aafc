import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { asSuperuser } from './cluster-objects';
import { DirectDatabase } from './direct-database';

/** Two thousand rows of half a kilobyte. */
export const FULL_TABLE = [
  'drop table if exists t cascade',
  'create table t (id int primary key, note text, extra text)',
  `insert into t select n, repeat('x', 500), 'y' from generate_series(1, 2000) n`,
];

/** The no-growth gate before a database of its own, open again when a story begins. */
export class GateUnderTest {
  db!: DirectDatabase;
  /** Ids of databases whose growth was undone, and of those that grew all the same. */
  undone: string[] = [];
  evaded: string[] = [];

  /** To be made at the top of a file: registers what makes the database and removes its runner. */
  constructor() {
    beforeAll(async () => {
      this.db = await DirectDatabase.make(inject('shared'), {
        onGrowthUndone: (id) => void this.undone.push(id),
        onGateEvaded: (id) => void this.evaded.push(id),
      });
    });
    beforeEach(() => {
      this.undone = [];
      this.evaded = [];
      this.db.write('open');
    });
    afterAll(() => this.db.runner.close());
  }

  async prepare(...statements: string[]): Promise<void> {
    this.db.write('open');
    for (const statement of statements) await this.db.ask(statement);
  }

  async count(query: string): Promise<number> {
    return Number((await this.db.ask(`select (${query}) as n`)).rows[0]!.n);
  }

  bytes(): Promise<number> {
    return this.count('pg_database_size(current_database())');
  }

  asSuperuser(query: string): Promise<Record<string, unknown>[]> {
    return asSuperuser(inject('adminUrl'), query, [], this.db.route.place!.name);
  }
}
