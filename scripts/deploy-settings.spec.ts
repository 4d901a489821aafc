import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MEMORY_MAX_KB, PG_HBA_CONF, postgresqlConf } from './postgres-settings.mjs';

/** Settings that the container has otherwise, or alone, or lacks. */
const MAY_DIFFER: Record<string, string> = {
  listen_addresses: 'the other containers reach it',
  unix_socket_directories: 'its image prepares the data by the socket',
  max_connections: 'for more than one gateway',
  shared_buffers: 'for a machine that does little else',
  extension_control_path: 'embedded, it lies in the data folder',
};
// Elsewhere the embedded server goes without.
if (process.platform !== 'linux') MAY_DIFFER.recovery_init_sync_method = 'Linux alone has it';

function deployed(file: string): string {
  return readFileSync(new URL(`../deploy/${file}`, import.meta.url), 'utf8');
}

function settingsOf(conf: string): Record<string, string> {
  const lines = conf.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const pairs = lines.map((line): [string, string] => {
    const match = /^(\w+) = (?:'([^']*)'|([^\s']+))$/.exec(line);
    if (!match) throw new Error(`not a setting: ${line}`);
    return [match[1]!, match[2] ?? match[3]!];
  });
  return Object.fromEntries(pairs.filter(([name]) => !(name in MAY_DIFFER)));
}

/** Of the lines about TCP: which databases, which roles, how. */
function rulesOf(hba: string): string[] {
  const lines = hba.split('\n').map((line) => line.split(/\s+/));
  return lines
    .filter(([type]) => type === 'host')
    .map(([, database, role, , method]) => `${database} ${role} ${method}`);
}

describe('The container’s Postgres', () => {
  it('has the settings of the embedded one, but for those that may differ', () => {
    expect(settingsOf(deployed('postgresql.conf'))).toEqual(settingsOf(postgresqlConf(18, {})));
  });

  it('lets the same roles in to the same databases', () => {
    const rules = rulesOf(deployed('pg_hba.conf'));
    expect(rules).toEqual(rulesOf(PG_HBA_CONF));
    expect(rules).toContain('sameuser all scram-sha-256');
  });

  it('gives a process as much memory', () => {
    expect(deployed('start-postgres.sh')).toContain(`\nulimit -v ${MEMORY_MAX_KB}\n`);
  });
});
