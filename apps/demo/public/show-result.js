import { at, element } from './element.js';

// A plan may allow a million rows; a page does not.
const ROWS_SHOWN_MAX = 1_000;
// Longer text is broken into lines; what is shorter, and JSON, keeps its own.
const LINE_CHARACTERS = 40;
const NUMBERS = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'money', 'oid']);
const JSON_TYPES = new Set(['json', 'jsonb']);

/** Shows rows that came in array mode. */
export function showResult(rows) {
  const { fields, truncated } = rows;
  at('summary').textContent = summary(rows);
  at('truncated').hidden = !truncated;
  at('truncated').textContent = `The first ${count(rows.length)} of more rows: the plan's limit.`;
  at('grid').hidden = fields.length === 0;
  at('grid').replaceChildren(...(fields.length === 0 ? [] : [table(fields, rows)]));
  at('grid').scrollTo(0, 0);
  at('result').hidden = false;
}

function summary({ command, rowCount, durationMs, length }) {
  const parts = [command || 'Nothing to run'];
  if (rowCount !== null) parts.push(`${count(rowCount)} ${rowCount === 1 ? 'row' : 'rows'}`);
  if (length > ROWS_SHOWN_MAX) parts.push(`${count(ROWS_SHOWN_MAX)} shown`);
  parts.push(`${durationMs.toFixed(1)} ms`);
  return parts.join(' · ');
}

function table(fields, rows) {
  const head = fields.map(({ name, type }) => {
    const cell = element('th', { scope: 'col' }, name, element('small', {}, type));
    cell.classList.toggle('number', NUMBERS.has(type));
    return cell;
  });
  const body = rows
    .slice(0, ROWS_SHOWN_MAX)
    .map((row) => element('tr', {}, ...row.map((value, column) => td(value, fields[column].type))));
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}

function td(value, type) {
  if (value === null) return element('td', { className: 'null' }, 'NULL');
  const isJson = JSON_TYPES.has(type) || typeof value === 'object';
  const text = isJson ? JSON.stringify(value, null, 2) : String(value);
  const cell = element('td', {}, text);
  cell.classList.toggle('number', NUMBERS.has(type));
  cell.classList.toggle('long', !isJson && text.length > LINE_CHARACTERS);
  return cell;
}

const count = (number) => number.toLocaleString('en');
