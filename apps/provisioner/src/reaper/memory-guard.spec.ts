import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { greediest } from './memory-guard';

let procRoot: string;

function memory(availableKb: number): void {
  const text = `MemTotal:        1000000 kB\nMemFree:  1 kB\nMemAvailable:     ${availableKb} kB\n`;
  writeFileSync(join(procRoot, 'meminfo'), text);
}

function backend(pid: number, ownKb: number, title = `postgres: d_${pid} d_${pid} x`) {
  mkdirSync(join(procRoot, String(pid)));
  writeFileSync(join(procRoot, String(pid), 'cmdline'), title);
  const status = `VmRSS:\t  999999 kB\nRssAnon:\t  ${ownKb} kB\nRssShmem:\t 5 kB\n`;
  writeFileSync(join(procRoot, String(pid), 'status'), status);
  return { pid, role: `d_${pid}`, database: `d_${pid}` };
}

beforeEach(() => (procRoot = mkdtempSync(join(tmpdir(), 'howdah-proc-'))));
afterEach(() => rmSync(procRoot, { recursive: true }));

describe('When memory runs short', () => {
  it('the backend that holds most of its own is to go', async () => {
    memory(90_000);
    const [, large] = [backend(1, 50_000), backend(2, 400_000)];
    expect(await greediest([backend(3, 10), large, backend(4, 300_000)], procRoot)).toBe(large);
  });

  it('none is, as long as there is enough', async () => {
    memory(110_000);
    expect(await greediest([backend(1, 400_000)], procRoot)).toBeNull();
  });

  it('none is that only has its process id in common with a process here', async () => {
    memory(10_000);
    expect(await greediest([backend(1, 400_000, 'node main.js')], procRoot)).toBeNull();
  });

  it('none is on another machine, nor where there is no /proc', async () => {
    memory(10_000);
    expect(await greediest([{ pid: 9, role: 'd_9', database: 'd_9' }], procRoot)).toBeNull();
    expect(await greediest([backend(1, 5)], join(procRoot, 'none'))).toBeNull();
  });
});
