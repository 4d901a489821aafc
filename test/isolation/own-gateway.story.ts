import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Arena, onEachServer } from '../support/arena';
import { type CustomerDatabase, newDatabase } from '../support/customer';
import { gatewayMemory } from '../support/gateway-memory';
import { atOnce, briefly, outcomesOf, outcomesOfBomb } from '../support/outcomes';

const MB = 1024 * 1024;
/** What the gateway keeps for callers who do not read, and some room for its other work. */
const UNREAD_BYTES_MAX = 256 * MB + 200 * MB;

/** One process serves all tenants, and has one event loop and one memory for them. */
onEachServer((server) => {
  const arena = new Arena(server);
  beforeEach(() => arena.attackerIsServed());

  /** A connection to the gateway that sends this and reads nothing. */
  const sends = (text: string): Socket => {
    const { hostname, port } = new URL(server.gatewayUrl);
    const socket = connect(Number(port), hostname).pause();
    socket.on('error', () => undefined);
    socket.write(text);
    onTestFinished(() => void socket.destroy());
    return socket;
  };

  const asRequest = ({ path, key }: CustomerDatabase, query: string) => {
    const body = JSON.stringify({ query });
    return [
      `POST ${path}/sql HTTP/1.1`,
      'host: gateway',
      `authorization: Bearer ${key.secret}`,
      'content-type: application/json',
      `content-length: ${body.length}\r\n\r\n${body}`,
    ].join('\r\n');
  };

  describe('A tenant does not take the gateway from its neighbours, by', () => {
    it('answers that it never reads', (context) =>
      arena.beside(context, async () => {
        const before = await gatewayMemory(server.gatewayUrl);
        const asking = asRequest(arena.attacker, `select repeat('x', 9900000) as v`);
        let most = before;
        for (let n = 0; n < 80; n++) {
          sends(asking);
          await sleep(20);
          if (n % 10 === 9) most = Math.max(most, await gatewayMemory(server.gatewayUrl));
        }
        const grown = most - before;
        expect(grown).toBeLessThan(UNREAD_BYTES_MAX);
        return `792 MB asked for; the gateway grew by ${Math.round(grown / MB)} MB`;
      }));

    it('two thousand requests that it begins and does not end', (context) =>
      arena.beside(
        context,
        async () => {
          const begun = Array.from({ length: 2_000 }, () =>
            sends('POST /v1/accounts HTTP/1.1\r\nhost: gateway\r\ncontent-length: 100\r\n'),
          );
          const newcomer = await newDatabase(server.gatewayUrl);
          expect((await newcomer.sql('select 1')).status).toBe(200);
          return `${begun.length} held open, and somebody new was served`;
        },
        { atLeastMs: 1_000 },
      ));

    it('large bodies, without any key', (context) =>
      arena.beside(context, async () => {
        const keys = Array.from({ length: 70_000 }, (_, n) => `"k${n}":1`);
        const many = `{${keys.join(',')}}`;
        const deep = '['.repeat(500_000) + ']'.repeat(500_000);
        const send = (path: string, body: string) =>
          request(server.gatewayUrl).post(path).set('content-type', 'application/json').send(body);
        const answers = [];
        for (const body of [many, deep]) {
          answers.push(...(await atOnce(10, () => send('/v1/accounts', body))));
          answers.push(...(await atOnce(10, () => send(`${arena.attacker.path}/sql`, body))));
        }
        expect(new Set(answers.map(briefly))).toEqual(
          new Set(['payload_too_large', 'unauthenticated']),
        );
        return outcomesOf(answers);
      }));

    it('parameters by the half million', (context) =>
      arena.beside(context, async () => {
        const lists: unknown[][] = [Array(500_000).fill(1), [Array(500_000).fill(1)]];
        const answers = [];
        for (const params of lists) {
          const body = { query: 'select 1', params };
          answers.push(...(await atOnce(10, () => arena.attacker.sql(body))));
        }
        expect(new Set(answers.map(briefly))).toEqual(new Set(['payload_too_large']));
        return outcomesOf(answers);
      }));

    it('notices of one letter, in their millions', (context) =>
      arena.beside(context, async () => {
        const flood = `do $$ begin perform set_config('client_min_messages', 'notice', false);
          loop raise notice 'x'; end loop; end $$`;
        const answers = [];
        for (let round = 0; round < 3; round++) {
          answers.push(...(await atOnce(10, () => arena.attacker.sql(flood))));
        }
        expect(answers.map(({ status }) => status)).not.toContain(200);
        return outcomesOfBomb(answers);
      }));

    it('settings that the server reports each time they change', (context) =>
      arena.beside(context, async () => {
        const flood = `do $$ begin
          loop perform set_config('application_name', random()::text, false); end loop; end $$`;
        const answers = await atOnce(10, () => arena.attacker.sql(flood));
        const codes = answers.map(({ body }) => body.error?.code);
        expect(new Set(codes)).toEqual(new Set(['query_timeout']));
        return outcomesOf(answers);
      }));

    it('keys without number', (context) =>
      arena.beside(context, async () => {
        const { path, owner } = await newDatabase(server.gatewayUrl);
        const ask = () =>
          request(server.gatewayUrl)
            .post(`${path}/keys`)
            .set('authorization', `Bearer ${owner.token}`)
            .send({ role: 'read' });
        const first = await atOnce(150, ask);
        const then = await atOnce(50, ask);
        expect(new Set(then.map(briefly))).toEqual(new Set(['key_limit']));
        return outcomesOf([...first, ...then]);
      }));
  });
});
