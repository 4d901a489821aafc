/** @typedef {import('./main.mjs').Figures} Figures */
/** @typedef {{ goal: string, wanted: string, got: number, met: boolean }} Goal */

const ONE_ROW = 'one row by key';
const CONNECTIONS = 20;

/** What the gateway is measured by, of the parts that ran. @returns {Goal[]} */
export function goalsOf(/** @type {Figures} */ figures) {
  const { query, provision, rotation, neighbours, recovery, compare } = figures;
  /** @type {Goal[]} */
  const goals = [];
  const atLeast = (
    /** @type {string} */ goal,
    /** @type {number} */ wanted,
    /** @type {number | undefined} */ got,
  ) => {
    if (got !== undefined) goals.push({ goal, wanted: `≥ ${wanted}`, got, met: got >= wanted });
  };
  const atMost = (
    /** @type {string} */ goal,
    /** @type {number} */ wanted,
    /** @type {number | undefined} */ got,
  ) => {
    if (got !== undefined) goals.push({ goal, wanted: `≤ ${wanted}`, got, met: got <= wanted });
  };
  const at20 = query?.filter(({ connections }) => connections === CONNECTIONS);
  const oneRow = at20?.find(({ question }) => question === ONE_ROW)?.ratios;
  const manyRows = at20?.find(({ question }) => question !== ONE_ROW)?.ratios;
  atLeast('one row, 20 connections: rate over the bare server', 0.9, oneRow?.overBare);
  atLeast('one row, 20 connections: rate over postgres-meta', 10, oneRow?.overPostgresMeta);
  atLeast('500 rows, 20 connections: rate over the bare server', 2, manyRows?.overBare);
  atMost('from the pool to the first row, median, ms', 50, provision?.pool.firstRowMs.medianMs);
  atMost(
    'rotation: connections open',
    Number(rotation?.connectionsMax),
    rotation?.connectionsSeenMax,
  );
  atMost(
    'neighbours: wrong answers of the victim',
    0,
    neighbours?.reduce((sum, { problems }) => sum + problems.length, 0),
  );
  atMost(
    `recovery: ${recovery?.databases} databases, slowest first answer by the gateway, ms`,
    10_000,
    slowestBySyncfs(recovery),
  );
  for (const { question, connections, ratio } of compare?.questions ?? []) {
    atLeast(`${question}, ${connections} connections: rate over the base's`, 0.95, ratio);
  }
  return goals;
}

function slowestBySyncfs(/** @type {Figures['recovery']} */ recovery) {
  const times = recovery?.crashes
    .filter(({ method }) => method === 'syncfs')
    .map(({ gatewayMs }) => gatewayMs ?? Infinity);
  return times && Math.max(...times);
}
