import { type HbaRule, judgeHba } from './judge-hba';
import { WANTED_SETTINGS } from './wanted-settings';

/** What a cluster promises: `hardened` holds hostile tenants, `managed` is all that its admin may do. */
export type ClusterTier = 'hardened' | 'managed';

/** What was read of a cluster; null where it could not be. */
export interface ProbeRows {
  version: number;
  superuser: boolean;
  /** `pg_settings`; without those the server does not have. */
  settings: Readonly<Record<string, string>>;
  /** Trusted extensions of the server that are not on the list of allowed ones. */
  otherExtensions: readonly string[];
  /** Databases that are not ours and let any tenant connect as far as grants go. */
  openToPublic: readonly string[];
  /** Rights that the reaper should have and has not. */
  reaperLacks: readonly string[];
  hba: readonly HbaRule[] | null;
  /** `/proc/self/limits` of a backend; null where the system has no such file. */
  processLimits: string | null;
}

export interface Judgement {
  tier: ClusterTier;
  /** Sentences for the operator's log: what is missing, and what is wanted. */
  findings: string[];
}

const ADVICE = 'Advice: ';
/** Of address space, for one backend: what is more holds nobody on a usual machine. */
const MEMORY_MAX_BYTES = 4 * 1024 ** 3;

/**
 * Whether a cluster holds hostile tenants. What cannot be read counts as missing; findings that
 * begin with "Advice" cost speed or comfort only and leave the tier as it is.
 */
export function judge(rows: ProbeRows): Judgement {
  const findings = [
    ...judgeAdmin(rows),
    ...judgeSettings(rows),
    ...judgeDatabases(rows),
    ...(rows.superuser ? [...judgeHba(rows.hba), ...judgeMemory(rows.processLimits)] : []),
  ];
  const hardened = findings.every((finding) => finding.startsWith(ADVICE));
  return { tier: hardened ? 'hardened' : 'managed', findings };
}

function judgeAdmin({ superuser, reaperLacks, version }: ProbeRows): string[] {
  const findings = [];
  if (!superuser) {
    findings.push(
      'The admin is not a superuser: functions of pg_catalog that reach beyond a database stay ' +
        "open to tenants, their logins' log_min_messages and temp_file_limit are theirs to set, " +
        'and pg_hba.conf and the limit on memory cannot be read; wanted is SUPERUSER.',
    );
  }
  if (reaperLacks.length > 0) {
    findings.push(
      `The reaper lacks ${reaperLacks.join(', ')}: it sees and ends only sessions of logins it ` +
        'is a member of; wanted is an admin who may grant these.',
    );
  }
  if (!superuser && version < 18) {
    findings.push(
      "Nobody can end an autovacuum worker that a tenant's index expression keeps; wanted is " +
        'SUPERUSER, or PostgreSQL 18.',
    );
  }
  return findings;
}

function judgeSettings({ settings, version }: ProbeRows): string[] {
  return WANTED_SETTINGS.filter(({ since }) => version >= (since ?? 0)).flatMap((setting) => {
    const value = settings[setting.name];
    if (value !== undefined && setting.holds(value)) return [];
    const found = value === undefined ? 'cannot be read' : `is ${value === '' ? "''" : value}`;
    const advice = setting.required ? '' : ADVICE;
    return [`${advice}${setting.name} ${found}, wanted is ${setting.wanted}: ${setting.why}.`];
  });
}

function judgeDatabases({ otherExtensions, openToPublic }: ProbeRows): string[] {
  const findings = [];
  if (otherExtensions.length > 0) {
    findings.push(
      `Any tenant may create the extensions ${otherExtensions.join(', ')}; wanted is a server ` +
        'without their control files.',
    );
  }
  if (openToPublic.length > 0) {
    findings.push(
      `Everybody may connect to ${openToPublic.join(', ')}; wanted is REVOKE CONNECT ON DATABASE ` +
        '… FROM PUBLIC.',
    );
  }
  return findings;
}

function judgeMemory(processLimits: string | null): string[] {
  if (processLimits === null) {
    return [
      `${ADVICE}the limit on a backend's memory cannot be read; wanted is a server started under ` +
        'ulimit -v.',
    ];
  }
  const limit = /^Max address space +(\S+)/m.exec(processLimits)?.[1] ?? 'unlimited';
  if (Number(limit) <= MEMORY_MAX_BYTES) return [];
  if (limit !== 'unlimited') {
    return [
      `Each backend may take ${limit} bytes of memory, and a tenant may have dozens; wanted is a ` +
        'server started under ulimit -v of 4 GB at most, such as 1048576.',
    ];
  }
  return [
    "Nothing limits a backend's memory: a tenant that takes all of it makes the system end the " +
      'server; wanted is a server started under ulimit -v, such as 1048576.',
  ];
}
