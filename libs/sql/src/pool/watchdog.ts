import { connect } from 'node:net';
import { queryTimeout } from '../execute/statement-error';
import { cancelRequest } from '../wire/frontend-writer';
import type { Connection } from './connection';
import type { Terminator } from './terminator';

const TICK_MS = 25;
/** Postgres' own statement_timeout answers first when it can: the connection then stays usable. */
const GRACE_MS = 25;
const CANCEL_MS = 100;
const CANCEL_SOCKET_MS = 2_000;

/**
 * Holds the time limit from outside Postgres, where nothing a statement does can lift it. At the
 * limit the caller is answered and the backend asked to cancel; a backend that does not end by
 * that is terminated. One timer walks all armed connections: they are as few as connections are,
 * and a timer a request would cost more.
 */
export class Watchdog {
  private readonly armed = new Set<Connection>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly terminator: Terminator) {}

  arm(connection: Connection, limitMs: number): void {
    connection.deadline = connection.startedAt + limitMs + GRACE_MS;
    connection.rung = 0;
    this.armed.add(connection);
    this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  disarm(connection: Connection): void {
    this.armed.delete(connection);
  }

  /** The first rung at once: its caller has left, or its time is over. */
  stop(connection: Connection, error: Error): void {
    if (connection.rung > 0 || !connection.open) return;
    connection.rung = 1;
    connection.deadline = performance.now() + CANCEL_MS;
    this.armed.add(connection);
    connection.interrupt(error);
    sendCancel(connection);
  }

  close(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private tick(): void {
    const now = performance.now();
    for (const connection of this.armed) {
      if (now < connection.deadline) continue;
      if (connection.rung === 0) {
        const { limitMs, startedAt } = connection;
        this.stop(connection, queryTimeout({ limitMs, elapsedMs: now - startedAt }));
      } else {
        this.armed.delete(connection);
        void this.terminate(connection);
      }
    }
    if (this.armed.size === 0) this.close();
  }

  /** The socket stays open until the backend was told, so its process id cannot be another's. */
  private async terminate(connection: Connection): Promise<void> {
    if (!connection.open) return;
    await this.terminator.terminate(connection.backend);
    connection.destroy();
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
