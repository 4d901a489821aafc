/** @typedef {import('./main.mjs').Figures} Figures */
/** @typedef {{ goal: string, wanted: string, got: number, met: boolean }} Goal */

const ONE_ROW = 'one row by key';
const CONNECTIONS = 20;

/** What the gateway is measured by, of the parts that ran. @returns {Goal[]} */
export function goalsOf(/** @type {Figures} */ { query, provision, rotation }) {
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
  return goals;
}
