import { markOf, onePerson, PAGE_ROWS, pageOfPeople, PEOPLE } from './people.mjs';
import { askFor } from './targets.mjs';

/** Connections that the largest load opens; each has a list of keys of its own. */
export const CONNECTIONS_MAX = 100;
const KEYS_A_CLIENT = 200;

/** @typedef {import('./targets.mjs').Target} Target */
/** @typedef {typeof QUESTIONS[number]} BenchQuestion */

/** What the loads ask for, the same of every target. */
export const QUESTIONS = [
  {
    name: 'one row by key',
    clients: (/** @type {Target} */ target) =>
      keyLists().map((ids) => ids.map((id) => askFor(target, onePerson(id), [markOf(id)]))),
    floor: () =>
      keyLists()
        .slice(0, 20)
        .flatMap((ids) => ids.map((id) => ({ question: onePerson(id), rows: 1, firstId: id }))),
  },
  {
    name: `${PAGE_ROWS} rows of 6 columns`,
    clients: (/** @type {Target} */ target) => [
      [askFor(target, pageOfPeople(), [markOf(1), markOf(PAGE_ROWS)])],
    ],
    floor: () => [{ question: pageOfPeople(), rows: PAGE_ROWS, firstId: 1 }],
  },
];

/** Keys that jump about the table, another list for each connection, the same ones in each run. */
function keyLists() {
  return Array.from({ length: CONNECTIONS_MAX }, (_, client) =>
    Array.from(
      { length: KEYS_A_CLIENT },
      (_, at) => 1 + (((client * KEYS_A_CLIENT + at) * 7_919) % PEOPLE),
    ),
  );
}
