import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { TypeCatalog } from '../render/type-catalog';
import { SILENT, type Slot } from '../wire/slot';
import type { Backend } from './backend';
import { Connection, type ConnectionOwner } from './connection';
import type { Watchdog } from './watchdog';

class FakeSocket extends EventEmitter {
  writable = true;
  write(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {
    if (!this.writable) return;
    this.writable = false;
    queueMicrotask(() => this.emit('close'));
  }
}

const watchdog = { arm: () => undefined, disarm: () => undefined } as unknown as Watchdog;
const owner: ConnectionOwner = {
  types: new TypeCatalog(),
  connectionClean: () => undefined,
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
      expect(socket.writable).toBe(false);
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
});
