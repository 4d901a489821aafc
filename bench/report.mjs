/** @typedef {import('./main.mjs').Figures} Figures */

/** All figures as text for a terminal. */
export function report(
  /** @type {Figures} */ figures,
  /** @type {import('./goals.mjs').Goal[]} */ goals,
) {
  const parts = [
    figures.query && queryTable(figures.query),
    figures.provision && provisionTable(figures.provision),
    figures.rotation && rotationTable(figures.rotation),
    figures.neighbours && neighbourTable(figures.neighbours),
    figures.recovery && recoveryTable(figures.recovery),
    figures.compare && compareTable(figures.compare),
    goalTable(goals),
  ];
  return parts.filter(Boolean).join('\n\n');
}

const NAMES = { gateway: 'gateway', bare: 'bare server', postgresMeta: 'postgres-meta' };

function queryTable(/** @type {import('./query.mjs').QueryFigures[]} */ figures) {
  const head = [
    '',
    'connections',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'server CPU ms',
    'Postgres CPU ms',
    'gateway ×',
  ];
  const rows = figures.flatMap(({ question, connections, targets, floor, ratios }) => [
    [`${question}: raw pg`, connections, floor.perSecond, '', '', '', '', ''],
    ...Object.entries(targets).map(([name, one]) => [
      `${question}: ${NAMES[/** @type {keyof typeof NAMES} */ (name)]}`,
      connections,
      one.perSecond,
      one.p50Ms,
      one.p99Ms,
      one.serverCpuMs ?? '–',
      one.postgresCpuMs ?? '–',
      name === 'bare' ? ratios.overBare : name === 'postgresMeta' ? ratios.overPostgresMeta : '',
    ]),
  ]);
  return table([head, ...rows]);
}

function provisionTable(/** @type {import('./provision.mjs').ProvisionFigures} */ { cold, pool }) {
  const line = (/** @type {string} */ name, /** @type {typeof cold} */ one) => [
    name,
    ...[one.answeredMs, one.readyMs, one.firstRowMs].map(
      ({ medianMs, p95Ms }) => `${medianMs} / ${p95Ms}`,
    ),
  ];
  return table([
    ['POST /v1/databases, median / p95 ms', 'answered', 'ready', 'first row'],
    line('made on demand', cold),
    line('from the warm pool', pool),
  ]);
}

function rotationTable(/** @type {import('./rotation.mjs').RotationFigures} */ one) {
  return table([
    ['rotation', 'connections seen / cap', 'requests', 'failed', 'requests/s', 'p50 ms', 'p99 ms'],
    [
      `${one.databases} databases, ${one.clients} clients`,
      `${one.connectionsSeenMax} / ${one.connectionsMax}`,
      one.requests,
      0,
      one.perSecond,
      one.p50Ms,
      one.p99Ms,
    ],
  ]);
}

function neighbourTable(/** @type {import('./neighbours.mjs').NeighbourFigures[]} */ figures) {
  const times = (/** @type {import('./neighbours.mjs').Answers} */ { p50Ms, p99Ms, maxMs }) =>
    [p50Ms, p99Ms, maxMs].join(' / ');
  const rows = figures.flatMap(({ attacker, outcomes, alone, beside, ratios, problems }) => [
    [
      attacker,
      problems.length,
      times(alone),
      times(beside),
      ...[ratios.p50, ratios.p99, ratios.max],
      Object.entries(outcomes)
        .map(([outcome, count]) => `${outcome} ${count}`)
        .join(', '),
    ],
    ...problems.slice(0, 3).map((problem) => [`  ${problem}`]),
  ]);
  const alone = 'alone: p50 / p99 / max ms';
  const head = ['neighbour', 'errors', alone, 'beside', 'p50 ×', 'p99 ×', 'max ×', 'attacker got'];
  return table([head, ...rows]);
}

function recoveryTable(/** @type {import('./recovery.mjs').RecoveryFigures} */ figures) {
  return table([
    [`a backend killed, ${figures.databases} databases`, 'first login ms', 'by the gateway ms'],
    ...figures.crashes.map(({ method, loginMs, gatewayMs }) => [
      method,
      loginMs ?? 'none in 30 s',
      gatewayMs ?? 'none in 30 s',
    ]),
  ]);
}

function compareTable(/** @type {import('./compare.mjs').CompareFigures} */ { base, questions }) {
  return table([
    [`compared with ${base.slice(0, 10)}`, 'requests/s', 'base', 'rate ×', 'CPU ×', 'rounds'],
    ...questions.map(({ question, connections, perSecond, ratio, gatewayCpuRatio, ratios }) => [
      `${question}, ${connections} connections`,
      perSecond.present,
      perSecond.base,
      ratio,
      gatewayCpuRatio ?? '–',
      ratios.join(' '),
    ]),
  ]);
}

function goalTable(/** @type {import('./goals.mjs').Goal[]} */ goals) {
  return table([
    ['goal', 'wanted', 'got', ''],
    ...goals.map(({ goal, wanted, got, met }) => [goal, wanted, got, met ? 'met' : 'missed']),
  ]);
}

function table(/** @type {(string | number)[][]} */ rows) {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_, column) =>
    Math.max(...texts.map((row) => (row.length > 1 ? (row[column]?.length ?? 0) : 0))),
  );
  return texts
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
