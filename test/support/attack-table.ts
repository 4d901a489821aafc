import type { Reporter, TestModule } from 'vitest/node';
import type { AttackRecord } from './arena';

const ATTACK_WIDTH = 78;
const OUTCOME_WIDTH = 62;

/** Prints attack → outcome → victim's errors → victim's slowest answer when a run has ended. */
export default class AttackTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const records = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => test.meta().attacks ?? []),
    );
    for (const server of new Set(records.map((record) => record.server))) {
      const lines = tableOf(records.filter((record) => record.server === server));
      process.stdout.write(`\nPostgreSQL ${server}\n${HEAD}\n${lines.join('\n')}\n`);
    }
  }
}

const HEAD = columns('attack', 'outcome', 'errors', 'slowest');

/** Attacks that end one sentence stand below it. */
function tableOf(records: readonly AttackRecord[]): string[] {
  return records.flatMap((record, at) => {
    const { sentence } = record;
    const begun = sentence === '' || sentence === records[at - 1]?.sentence;
    return begun ? [line(record)] : [sentence, line(record)];
  });
}

function line(record: AttackRecord): string {
  const { sentence, attack, outcome, victimErrors, victimSlowestMs } = record;
  return columns(
    sentence ? `… ${attack}` : attack,
    outcome,
    String(victimErrors),
    `${Math.round(victimSlowestMs)} ms`,
  );
}

function columns(attack: string, outcome: string, errors: string, slowest: string): string {
  return [
    fit(attack, ATTACK_WIDTH),
    fit(outcome, OUTCOME_WIDTH),
    errors.padStart(6),
    slowest.padStart(8),
  ].join('  ');
}

function fit(text: string, width: number): string {
  const oneLine = text.replaceAll(/\s+/g, ' ');
  return (oneLine.length > width ? `${oneLine.slice(0, width - 1)}…` : oneLine).padEnd(width);
}
