import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { asSuperuser } from '../support/cluster-objects';
import { type CustomerDatabase, inControl, newDatabase } from '../support/customer';
import {
  type OwnServer,
  type RunningPostgres,
  startPostgres,
  startServer,
} from '../support/isolation-servers';
import { outcomesOf } from '../support/outcomes';
import { giveNumbers, PLENTY } from '../support/plans';

const SOON = { timeout: 20_000, interval: 100 };

onEachServer((shared) => {
  // Two clusters of one stack: what breaks on the first is none of the second's business.
  const server = {} as OwnServer;
  let broken: RunningPostgres;
  let db: CustomerDatabase;

  beforeAll(async () => {
    // What was answered must be there after a crash, as it is in operation.
    broken = await startPostgres(shared.name, { synchronous_commit: 'on' });
    const name = `faults_${shared.name}`;
    Object.assign(
      server,
      await startServer(shared.name, inject('controlAdminUrl'), name, { broken: broken.adminUrl }),
    );
    // The victim is on the cluster that stays whole, the database under test on the other.
    await placeOn('local');
  });
  const arena = new Arena(server);
  beforeAll(async () => {
    await placeOn('broken');
    db = await newDatabase(server.gatewayUrl);
    await giveNumbers(server.controlUrl, db, 'attacker', PLENTY);
    await db.rows('create table written (id uuid primary key)');
  });
  afterAll(async () => {
    await server.stop();
    await broken.stop();
  });

  /** New databases come onto this cluster, cold. */
  async function placeOn(name: string): Promise<void> {
    await inControl(server.controlUrl, 'update cluster set accepts_new = (name = $1)', [name]);
    await inControl(
      server.controlUrl,
      `delete from spare_database using cluster c where c.id = cluster_id and c.name <> $1`,
      [name],
    );
  }

  it('A provisioner that is killed takes no query along, and its heir does its work', (context) =>
    arena.beside(context, async () => {
      await server.stack.provisioners[0]!.service.kill();
      expect(await db.rows('select 1 as n')).toEqual([{ n: 1 }]);
      await server.stack.start('provisioner');
      await newDatabase(server.gatewayUrl);
      return 'queries went on, and a database was made';
    }));

  it('A backend killed outright restarts its cluster; gateways come back, and no write is repeated', (context) =>
    arena.beside(context, async () => {
      const sent: string[] = [];
      const answered: string[] = [];
      const answers: Awaited<ReturnType<typeof write>>[] = [];
      const write = async (id: string) =>
        db.sql({ query: 'insert into written values ($1)', params: [id] });
      let over = false;
      const writing = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (!over) {
            const id = randomUUID();
            sent.push(id);
            const answer = await write(id);
            answers.push(answer);
            if (answer.status === 200) answered.push(id);
          }
        }),
      );
      await expect.poll(() => answered.length, SOON).toBeGreaterThan(20);
      const [{ pid }] = (await asSuperuser<{ pid: number }>(
        broken.adminUrl,
        `select pid from pg_stat_activity where datname like 'd\\_%' and application_name = 'howdah' limit 1`,
      )) as [{ pid: number }];
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => answers.some(({ status }) => status !== 200), SOON).toBe(true);
      const before = answered.length;
      await expect.poll(() => answered.length > before + 20, SOON).toBe(true);
      over = true;
      await writing;
      // A write that was repeated would have met its own row: a duplicate key, told as 400.
      const repeated = answers.filter(({ body }) => body.error?.sqlstate === '23505');
      expect(repeated).toEqual([]);
      const [{ n }] = (await db.rows<{ n: number }>('select count(*)::int as n from written')) as [
        { n: number },
      ];
      expect(n).toBeGreaterThanOrEqual(answered.length);
      expect(n).toBeLessThanOrEqual(sent.length);
      return `${outcomesOf(answers)}; ${n} rows of ${sent.length} sent`;
    }));

  it('A write with an Idempotency-Key happens once, however often a broken cluster is asked', (context) =>
    arena.beside(context, async () => {
      await db.rows('create table counted (n int)');
      const key = randomUUID();
      const write = async () =>
        db.sql('insert into counted values (1) returning pg_sleep(0.3)::text as waited', {
          headers: { 'idempotency-key': key },
        });
      const first = write();
      let pid: number | undefined;
      const seen = async () => {
        const [running] = await asSuperuser<{ pid: number }>(
          broken.adminUrl,
          `select pid from pg_stat_activity where query like '%insert into counted%' and state = 'active'
             and application_name = 'howdah'`,
        );
        pid = running?.pid;
        return pid !== undefined;
      };
      await expect.poll(seen, { timeout: 5_000, interval: 5 }).toBe(true);
      process.kill(pid!, 'SIGKILL');
      const failed = await first;
      await expect.poll(async () => (await write()).status, SOON).toBe(200);
      await write();
      expect(await db.rows('select count(*)::int as n from counted')).toEqual([{ n: 1 }]);
      return `first: ${failed.status}; one row in the end`;
    }));

  it('A cluster that is down answers 503 with Retry-After, and another cluster’s databases go on', (context) =>
    arena.beside(context, async () => {
      await broken.kill();
      await expect.poll(async () => (await db.sql('select 1')).status, SOON).toBe(503);
      const answer = await db.sql('select 1');
      expect(answer.body.error).toMatchObject({ code: 'database_unreachable' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      await placeOn('local');
      await newDatabase(server.gatewayUrl);
      return `503, again in ${answer.headers['retry-after']} s; a database was made meanwhile`;
    }));
});
