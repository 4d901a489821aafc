import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jail } from './jail';

const BACKEND = { pid: 42, role: 'd_abc', database: 'd_abc' };
let procRoot: string;

function process(cmdline: string, { autogroup = true } = {}): void {
  mkdirSync(join(procRoot, '42'));
  writeFileSync(join(procRoot, '42', 'cmdline'), cmdline);
  if (autogroup) writeFileSync(join(procRoot, '42', 'autogroup'), '/autogroup-7 nice 0\n');
}

beforeEach(() => (procRoot = mkdtempSync(join(tmpdir(), 'howdah-proc-'))));
afterEach(() => rmSync(procRoot, { recursive: true }));

describe('A backend that nothing ends', () => {
  it('has its autogroup turned down', async () => {
    process('postgres: howdah: d_abc d_abc 127.0.0.1(5) SELECT');
    expect(await jail(BACKEND, { cgroup: undefined, procRoot })).toBe('autogroup');
    expect(readFileSync(join(procRoot, '42', 'autogroup'), 'utf8')).toMatch(/^19/);
  });

  it('goes into the cgroup, where there is one', async () => {
    process('postgres: d_abc d_abc 127.0.0.1(5) SELECT');
    const cgroup = join(procRoot, 'jail');
    mkdirSync(cgroup);
    writeFileSync(join(cgroup, 'cgroup.procs'), '');
    expect(await jail(BACKEND, { cgroup, procRoot })).toBe('cgroup');
    expect(readFileSync(join(cgroup, 'cgroup.procs'), 'utf8')).toBe('42');
  });

  it('has its autogroup turned down when the cgroup is not there', async () => {
    process('postgres: d_abc d_abc 127.0.0.1(5) SELECT');
    expect(await jail(BACKEND, { cgroup: '/nowhere', procRoot })).toBe('autogroup');
  });

  it.each([
    ['another program', 'node dist/apps/gateway/main.js d_abc d_abc '],
    ['another tenant’s backend', 'postgres: d_xyz d_xyz 127.0.0.1(5) SELECT'],
  ])('is left alone when its process id is %s here', async (_name, cmdline) => {
    process(cmdline);
    expect(await jail(BACKEND, { cgroup: undefined, procRoot })).toBe('not local');
    expect(readFileSync(join(procRoot, '42', 'autogroup'), 'utf8')).toMatch(/nice 0/);
  });

  it('is not found on another machine', async () => {
    expect(await jail(BACKEND, { cgroup: undefined, procRoot })).toBe('not local');
  });

  it('is reported where we may not', async () => {
    process('postgres: d_abc d_abc 127.0.0.1(5) SELECT', { autogroup: false });
    expect(await jail(BACKEND, { cgroup: undefined, procRoot })).toBe('not permitted');
  });
});
