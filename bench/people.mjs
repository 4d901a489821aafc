/** Rows in the table; keys are drawn from all of them. */
export const PEOPLE = 10_000;
export const PAGE_ROWS = 500;

/** @typedef {{ query: string, params: (string | number)[] }} Question */

const COLUMNS = 'id, name, email, age, active, created_at';

/** What the bench database holds: six columns of the types pages have most. */
export const CREATE_PEOPLE = [
  `create table people (id integer primary key, name text not null, email text not null,
     age integer not null, active boolean not null, created_at timestamptz not null)`,
  `insert into people
   select n, 'Person ' || n, 'person.' || n || '@example.com', 18 + n % 70, n % 3 > 0,
     timestamptz '2026-01-01 00:00:00+00' + n * interval '61.5 seconds'
   from generate_series(1, ${PEOPLE}) n`,
];

/** (a) One row by its key. @returns {Question} */
export function onePerson(/** @type {number} */ id) {
  return { query: `select ${COLUMNS} from people where id = $1`, params: [id] };
}

/** (b) A page of rows. @returns {Question} */
export function pageOfPeople() {
  return { query: `select ${COLUMNS} from people order by id limit ${PAGE_ROWS}`, params: [] };
}

/** Text that any right JSON of this person has in it, cheap enough to look for in every answer. */
export function markOf(/** @type {number} */ id) {
  return `"id":${id},"name":"Person ${id}"`;
}

/** The rows of these people, made without a database, in the form `plain` gives. */
export function peopleFrom(/** @type {number} */ first, /** @type {number} */ last) {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const n = first + index;
    return {
      id: n,
      name: `Person ${n}`,
      email: `person.${n}@example.com`,
      age: 18 + (n % 70),
      active: n % 3 > 0,
      created_at: Date.UTC(2026, 0, 1) + n * 61_500,
    };
  });
}

/** Each target writes timestamps in its own way; what they mean must be the same. */
export function plain(/** @type {Record<string, unknown>[]} */ rows) {
  return rows.map((row) => ({ ...row, created_at: Date.parse(String(row.created_at)) }));
}
