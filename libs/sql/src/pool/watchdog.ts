import { connect } from 'node:net';
import { queryTimeout } from '../errors/statement-error';
import { cancelRequest } from '../wire/frontend-writer';
import type { Connection } from './connection';
import { EndingBackends } from './ending-backends';
import type { Terminator } from './terminator';

const TICK_MS = 25;
/** Postgres' own statement_timeout answers first when it can: the connection then stays usable. */
const GRACE_MS = 25;
const CANCEL_MS = 100;
const CANCEL_SOCKET_MS = 2_000;
/** A server that was told goodbye and is at no work hangs up at once. */
const GOODBYE_MS = 1_000;
/** Between two looks at a backend that was told to end. */
const LOOK_AGAIN_MS = 3_000;
/** And where the cluster could not be asked. */
const ASK_AGAIN_MS = 500;

/** What was done to a connection so far; its `deadline` is when the next is due. */
const RUNG = { running: 0, askedToEnd: 1, terminated: 2 } as const;

/**
 * Holds the time limit from outside Postgres, where nothing a statement does can lift it. At the
 * limit the caller is answered and the backend asked to cancel; a backend that does not end by
 * that is terminated. One that does not end by that either is waited for: half a second later its
 * owner is told that the connection is stuck, and after 3 s the process that its database is stubborn.
 * One timer walks all armed connections: they are as few as connections are, and a timer a request
 * would cost more.
 */
export class Watchdog {
  private readonly armed = new Set<Connection>();
  private readonly ending = new EndingBackends();
  private timer: NodeJS.Timeout | null = null;
  private waits = true;

  constructor(
    private readonly terminator: Pick<Terminator, 'terminate'>,
    private readonly onStubborn?: (databaseId: string) => Promise<void> | void,
  ) {}

  arm(connection: Connection, limitMs: number): void {
    this.watch(connection, RUNG.running, connection.startedAt + limitMs + GRACE_MS);
  }

  disarm(connection: Connection): void {
    this.armed.delete(connection);
    this.ending.ended(connection);
  }

  /** The first rung at once: its caller has left, or its time is over. */
  stop(connection: Connection, error: Error): void {
    if (connection.rung > RUNG.running || !connection.open) return;
    this.watch(connection, RUNG.askedToEnd, performance.now() + CANCEL_MS);
    connection.interrupt(error);
    sendCancel(connection);
  }

  /** The server was told goodbye; the ladder goes on from where it is. */
  expectEnd(connection: Connection): void {
    if (this.armed.has(connection) && connection.rung > RUNG.running) return;
    this.watch(connection, RUNG.askedToEnd, performance.now() + GOODBYE_MS);
  }

  /** From now on nobody waits for backends that were told to end: this process is about to. */
  hurry(): void {
    this.waits = false;
    for (const connection of this.armed) {
      if (connection.rung >= RUNG.terminated) connection.destroy();
    }
  }

  close(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private watch(connection: Connection, rung: number, deadline: number): void {
    connection.rung = rung;
    connection.deadline = deadline;
    this.armed.add(connection);
    this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  private tick(): void {
    const now = performance.now();
    for (const connection of this.ending.newlyStuck(now)) {
      connection.owner.connectionStuck(connection);
    }
    for (const connection of this.armed) {
      if (now < connection.deadline) continue;
      if (connection.rung === RUNG.running) {
        const { limitMs, startedAt } = connection;
        this.stop(connection, queryTimeout({ limitMs, elapsedMs: now - startedAt }));
      } else {
        void this.terminate(connection, now);
      }
    }
    if (this.armed.size === 0) this.close();
  }

  /**
   * The socket stays open until the server hangs up, so its process id cannot be another's and its
   * slot is not given away. Asked again after a while, in case the cluster was out of reach.
   */
  private async terminate(connection: Connection, now: number): Promise<void> {
    connection.rung = RUNG.terminated;
    connection.deadline = Infinity;
    const outcome = await this.terminator.terminate(connection.backend);
    if (!connection.open) return;
    const unreachable = outcome === 'unreachable';
    connection.deadline = performance.now() + (unreachable ? ASK_AGAIN_MS : LOOK_AGAIN_MS);
    if (outcome === 'told' && this.ending.told(connection, now)) void this.report(connection);
    connection.drain();
    const lost = unreachable && this.ending.isLost(connection, now);
    if (outcome === 'gone' || lost || !this.waits) connection.destroy();
  }

  /** What fails is done again at the next look, `LOOK_AGAIN_MS` later at the earliest. */
  private async report(connection: Connection): Promise<void> {
    try {
      await this.onStubborn?.(connection.owner.databaseId);
    } catch {
      this.ending.unreported(connection);
    }
  }
}

function sendCancel({ backend }: Connection): void {
  const socket = connect(backend.port, backend.host);
  socket.on('error', () => undefined);
  socket.setTimeout(CANCEL_SOCKET_MS, () => socket.destroy());
  socket.once('connect', () => {
    socket.end(cancelRequest(backend.processId, backend.secretKey));
  });
  socket.resume();
}
