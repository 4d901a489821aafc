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

function goalTable(/** @type {import('./goals.mjs').Goal[]} */ goals) {
  return table([
    ['goal', 'wanted', 'got', ''],
    ...goals.map(({ goal, wanted, got, met }) => [goal, wanted, got, met ? 'met' : 'missed']),
  ]);
}

function table(/** @type {(string | number)[][]} */ rows) {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_, column) =>
    Math.max(...texts.map((row) => row[column]?.length ?? 0)),
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
