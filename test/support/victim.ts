import { type CustomerDatabase, newDatabase } from './customer';
import { giveNumbers, PLENTY } from './plans';

/** What the victim of an attack saw while it ran. */
export interface Suffering {
  requests: number;
  errors: string[];
  slowestMs: number;
}

const TURN: readonly string[] = [
  'select name from people where id = 7',
  `insert into visits (page) values ('/home')`,
  `select count(distinct md5(n::text)) as n from generate_series(1, 2000) as n`,
];

/** Longer than any limit; an answer that takes so long is an error. */
const PATIENCE_MS = 20_000;

/** Another tenant of the same cluster and gateway, who asks without a pause and wants answers. */
export class Victim {
  private constructor(readonly database: CustomerDatabase) {}

  static async at(server: { gatewayUrl: string; controlUrl: string }): Promise<Victim> {
    const database = await newDatabase(server.gatewayUrl);
    await giveNumbers(server.controlUrl, database, 'victim', {
      ...PLENTY,
      requests_per_minute: 999_999,
    });
    await database.rows(`create table people as
      select n as id, 'person ' || n as name from generate_series(1, 1000) as n`);
    await database.rows('alter table people add primary key (id)');
    await database.rows('create table visits (page text)');
    return new Victim(database);
  }

  /** Asks until `until` is settled, and for `atLeastMs`. */
  async during(until: Promise<unknown>, atLeastMs: number): Promise<Suffering> {
    const seen: Suffering = { requests: 0, errors: [], slowestMs: 0 };
    const begun = performance.now();
    let over = false;
    const end = () => (over = true);
    until.then(end, end);
    while (!over || performance.now() - begun < atLeastMs) {
      const started = performance.now();
      const problem = await this.ask(TURN[seen.requests % TURN.length]!);
      seen.requests++;
      seen.slowestMs = Math.max(seen.slowestMs, performance.now() - started);
      if (problem) seen.errors.push(problem);
    }
    return seen;
  }

  /** What is wrong with the answer; undefined if nothing is. */
  private async ask(query: string): Promise<string | undefined> {
    const { gatewayUrl, path, key } = this.database;
    try {
      const answer = await fetch(`${gatewayUrl}${path}/sql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key.secret}` },
        body: JSON.stringify({ query }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await answer.text();
      return answer.status === 200 ? undefined : `${answer.status} ${text}`;
    } catch (error) {
      return String(error);
    }
  }
}
