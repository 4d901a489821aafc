import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TypeCatalog } from '../render/type-catalog';
import { SILENT, type Slot } from '../wire/slot';
import type { Backend } from './backend';
import { Connection } from './connection';
import type { ConnectionOwner } from './connection-owner';
import type { Watchdog } from './watchdog';

/** What Node reads from a socket at once. */
const CHUNK_BYTES = 64 * 1024;

class FakeSocket extends EventEmitter {
  writable = true;
  write(): void {}
  reading = true;
  pause(): void {
    this.reading = false;
  }
  isPaused(): boolean {
    return !this.reading;
  }
  resume(): void {
    this.reading = true;
  }
  end(): void {}
  destroy(): void {
    if (!this.writable) return;
    this.writable = false;
    queueMicrotask(() => this.emit('close'));
  }
}

const stop = vi.fn();
const watchdog = {
  arm: () => undefined,
  disarm: () => undefined,
  expectEnd: () => undefined,
  stop,
} as unknown as Watchdog;
const owner: ConnectionOwner = {
  databaseId: 'db',
  types: new TypeCatalog(),
  connectionClean: () => undefined,
  connectionStuck: () => undefined,
  connectionClosed: () => undefined,
};

function message(type: string, payload: string): Buffer {
  const bytes = Buffer.alloc(5 + payload.length);
  bytes.write(type, 'latin1');
  bytes.writeInt32BE(4 + payload.length, 1);
  bytes.write(payload, 5, 'latin1');
  return bytes;
}

let socket: FakeSocket;
let connection: Connection;

beforeEach(() => {
  stop.mockReset();
  socket = new FakeSocket();
  connection = new Connection(socket as unknown as Socket, {} as Backend, owner, watchdog);
  connection.begin(1_000);
});

describe('A connection', () => {
  const poison = new Error('a row that cannot be read');
  const poisoned: Slot = {
    ...SILENT,
    row: () => {
      throw poison;
    },
  };

  it.each(['exchange', 'conclude'] as const)(
    'answers %s and is given up when a row cannot be read',
    async (send) => {
      const answer = connection[send](Buffer.alloc(0), [poisoned]);
      socket.emit('data', message('D', '\0\0'));
      await expect(answer).rejects.toBe(poison);
      expect(stop).toHaveBeenCalledWith(connection, poison);
      expect(socket.reading).toBe(false);
      expect(connection.reusable).toBe(false);
    },
  );

  it('fails a request that changed client_encoding, and is kept once that is set back', async () => {
    const answer = connection.conclude(Buffer.alloc(0), [SILENT]);
    socket.emit(
      'data',
      Buffer.concat([
        message('T', '\0\0'),
        message('C', 'SELECT 1\0'),
        message('S', 'client_encoding\0SJIS\0'),
        message('Z', 'I'),
        message('S', 'client_encoding\0UTF8\0'),
        message('Z', 'I'),
      ]),
    );
    await expect(answer).rejects.toMatchObject({ code: 'invalid_text' });
    expect(connection.reusable).toBe(true);
  });

  const flood = (type: string, megabytes: number) => {
    const part = message(type, 'x'.repeat(1024 * 1024));
    for (let sent = 0; sent < megabytes; sent++) {
      for (let at = 0; at < part.length; at += CHUNK_BYTES) {
        socket.emit('data', part.subarray(at, at + CHUNK_BYTES));
      }
    }
  };

  it.each(['N', 'S', 'A', 'D'])(
    'reads 16 MB for nothing and no more: %s, long and unwanted',
    async (type) => {
      const answer = connection.conclude(Buffer.alloc(0), [SILENT]);
      flood(type, 16);
      expect(socket.reading).toBe(true);
      flood(type, 1);
      await expect(answer).rejects.toMatchObject({ code: 'response_too_large' });
      expect(socket.reading).toBe(false);
      expect(stop).toHaveBeenCalledTimes(1);
      connection.resume();
      expect(socket.reading).toBe(false);
    },
  );

  it('reads 10,000 short messages for nothing and no more, anew for each request', async () => {
    const notices = Buffer.concat(Array<Buffer>(10_000).fill(message('N', 'x')));
    for (let request = 0; request < 3; request++) {
      connection.begin(1_000);
      const answer = connection.conclude(Buffer.alloc(0), [SILENT]);
      socket.emit('data', notices);
      socket.emit('data', Buffer.concat([message('C', 'DO\0'), message('Z', 'I')]));
      await answer;
      socket.emit('data', message('Z', 'I'));
    }
    expect(stop).not.toHaveBeenCalled();
    connection.begin(1_000);
    const answer = connection.exchange(Buffer.alloc(0), [SILENT]);
    socket.emit('data', Buffer.concat([notices, message('N', 'x')]));
    await expect(answer).rejects.toThrow('nothing was kept');
    expect(socket.reading).toBe(false);
  });

  it('sees the server hang up once it was told to', async () => {
    const answer = connection.conclude(Buffer.alloc(0), [SILENT]);
    flood('N', 17);
    await expect(answer).rejects.toThrow('stopped');
    connection.drain();
    expect(socket.reading).toBe(true);
    expect(connection.open).toBe(true);
    socket.emit('data', message('E', 'SFATAL\0\0'));
    socket.emit('close');
    expect(connection.open).toBe(false);
  });

  it('rolls back with a last word: past the end of what failed it is heard', async () => {
    const failed = connection.exchange(Buffer.alloc(0), [SILENT]);
    socket.emit('data', message('E', 'SERROR\0C23505\0Mtwice\0\0'));
    await expect(failed).rejects.toThrow('twice');
    const rows: string[] = [];
    const look: Slot = {
      ...SILENT,
      row: (bytes, start, end) => void rows.push(bytes.toString('latin1', start, end)),
    };
    const undone = connection.concludeUndone(Buffer.alloc(0), [SILENT, look]);
    socket.emit('data', message('Z', 'E'));
    socket.emit('data', Buffer.concat([message('C', 'ROLLBACK\0'), message('D', 'size')]));
    socket.emit('data', Buffer.concat([message('C', 'SELECT 1\0'), message('Z', 'I')]));
    await undone;
    expect(rows).toEqual(['size']);
    socket.emit('data', message('Z', 'I'));
    expect(connection.reusable).toBe(true);
  });
});
