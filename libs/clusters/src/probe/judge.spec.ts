import { describe, expect, it } from 'vitest';
import { judge, type ProbeRows } from './judge';
import { judgeHba, type HbaRule } from './judge-hba';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max address space         2147483648           2147483648           bytes`;

function line(database: string, user: string, method = 'scram-sha-256'): HbaRule {
  return {
    line_number: 7,
    type: 'host',
    database: database.split(','),
    user_name: user.split(','),
    auth_method: method,
    error: null,
  };
}

const HARDENED: ProbeRows = {
  version: 18,
  superuser: true,
  settings: {
    max_prepared_transactions: '0',
    max_parallel_workers_per_gather: '0',
    temp_file_limit: '102400',
    password_encryption: 'scram-sha-256',
    log_min_error_statement: 'panic',
    max_locks_per_transaction: '512',
    max_pred_locks_per_transaction: '512',
    track_activities: 'on',
    track_counts: 'on',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    client_connection_check_interval: '1000',
    max_worker_processes: '4',
    jit_provider: '',
    reserved_connections: '5',
    max_notify_queue_pages: '16384',
    recovery_init_sync_method: 'syncfs',
  },
  otherExtensions: [],
  openToPublic: [],
  reaperLacks: [],
  hba: [
    line('all', 'postgres'),
    line('postgres', 'howdah_reaper'),
    line('sameuser', 'all'),
    line('all', '+howdah_tenant_clients'),
    line('all', 'all', 'reject'),
  ],
  processLimits: LIMITS,
};

const withSetting = (name: string, value: string) => ({
  settings: { ...HARDENED.settings, [name]: value },
});
const { temp_file_limit: _, ...withoutLimit } = HARDENED.settings;

describe('a cluster', () => {
  it('is hardened, and nothing is said of it, when all is as wanted', () => {
    expect(judge(HARDENED)).toEqual({ tier: 'hardened', findings: [] });
  });

  it.each<[string, Partial<ProbeRows>, RegExp]>([
    ['its admin is no superuser', { superuser: false }, /wanted is SUPERUSER/],
    [
      'transactions outlive sessions',
      withSetting('max_prepared_transactions', '10'),
      /^max_prepared_transactions is 10, wanted is 0/,
    ],
    ['queries run in parallel', withSetting('max_parallel_workers_per_gather', '2'), /processors/],
    ['temporary files have no limit', withSetting('temp_file_limit', '-1'), /is -1, wanted is a/],
    ['a setting cannot be read', { settings: withoutLimit }, /temp_file_limit cannot be read/],
    ['passwords are kept as md5', withSetting('password_encryption', 'md5'), /weaker hash/],
    ['statements are logged', withSetting('log_min_error_statement', 'error'), /wanted is panic/],
    ['its lock table is small', withSetting('max_locks_per_transaction', '64'), /512 or more/],
    ['sessions are not seen', withSetting('track_activities', 'off'), /reaper/],
    ['writes are not counted', withSetting('track_counts', 'off'), /counted/],
    ['anybody may create pltcl', { otherExtensions: ['pltcl'] }, /extensions pltcl/],
    ['a database is open to all', { openToPublic: ['shop'] }, /connect to shop/],
    ['the reaper may end nobody', { reaperLacks: ['pg_signal_backend'] }, /pg_signal_backend/],
    ['its pg_hba.conf cannot be read', { hba: null }, /pg_hba.conf cannot be read/],
    ['its pg_hba.conf is empty', { hba: [] }, /pg_hba.conf cannot be read/],
    [
      'its memory has no limit',
      { processLimits: LIMITS.replace('2147483648', 'unlimited') },
      /^Nothing limits/,
    ],
    [
      'its memory has a limit that holds nobody',
      { processLimits: LIMITS.replace('2147483648', '8589934592') },
      /^Each backend may take 8589934592/,
    ],
    ['limits are told in another way', { processLimits: 'x' }, /^Nothing limits/],
  ])('is managed when %s', (_, rows, finding) => {
    const { tier, findings } = judge({ ...HARDENED, ...rows });
    expect(tier).toBe('managed');
    expect(findings).toContainEqual(expect.stringMatching(finding));
  });

  it.each<[string, Partial<ProbeRows>]>([
    ['whose system has no /proc', { processLimits: null }],
    ['that recovers slowly', withSetting('recovery_init_sync_method', 'fsync')],
    ['with many workers', withSetting('max_worker_processes', '8')],
    ['with a compiler', withSetting('jit_provider', 'llvmjit')],
    ['that reserves no connection', withSetting('reserved_connections', '0')],
  ])('%s is hardened, with advice', (_, rows) => {
    const { tier, findings } = judge({ ...HARDENED, ...rows });
    expect(tier).toBe('hardened');
    expect(findings).toEqual([expect.stringMatching(/^Advice: /)]);
  });

  it('is not asked for settings that its version does not have', () => {
    const { reserved_connections: _, max_notify_queue_pages: __, ...settings } = HARDENED.settings;
    expect(judge({ ...HARDENED, version: 15, settings }).findings).toEqual([]);
    expect(judge({ ...HARDENED, version: 17, settings }).findings).toHaveLength(2);
  });
});

describe('a line of pg_hba.conf', () => {
  it.each([
    ['all', 'postgres', 'scram-sha-256'],
    ['all', 'postgres', 'peer'],
    ['all', '+dba', 'scram-sha-256'],
    ['sameuser', 'all', 'scram-sha-256'],
    ['all', '+howdah_tenant_clients', 'scram-sha-256'],
    ['all', 'postgres,+howdah_tenant_clients', 'scram-sha-256'],
    ['all', 'all', 'reject'],
    ['replication', 'all', 'scram-sha-256'],
  ])('%s %s %s holds tenants', (database, user, method) => {
    expect(judgeHba([line(database, user, method)])).toEqual([]);
  });

  it.each([
    ['all', 'all', 'scram-sha-256'],
    ['all', 'postgres,all', 'scram-sha-256'],
    ['sameuser,shop', 'all', 'scram-sha-256'],
    ['samerole', 'all', 'scram-sha-256'],
    ['shop', 'all', 'scram-sha-256'],
    ['all', '/^d_', 'scram-sha-256'],
    ['all', 'd_aaaaaaaaaaaaaaaa', 'scram-sha-256'],
    ['all', '+o_f_aaaaaaaaaaaaaaaa', 'scram-sha-256'],
    ['all,replication', 'all', 'scram-sha-256'],
    ['sameuser', 'all', 'md5'],
    ['sameuser', 'all', 'peer'],
    ['sameuser', 'all', 'trust'],
    ['all', 'postgres', 'trust'],
  ])('%s %s %s does not', (database, user, method) => {
    expect(judgeHba([line(database, user, method)])).toEqual([
      expect.stringMatching(/^pg_hba.conf, line 7: lets /),
    ]);
  });

  it('that Postgres cannot read holds nobody', () => {
    const broken = { ...line('all', 'postgres'), user_name: null, error: 'invalid CIDR mask' };
    expect(judgeHba([broken])).toEqual([expect.stringContaining('invalid CIDR mask')]);
  });
});
