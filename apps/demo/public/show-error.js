import { at, element } from './element.js';

const CHARACTERS_AROUND = 60;

/** Shows why `text` failed: in words, and under the character where Postgres stopped reading. */
export function showError(error, text) {
  const parts = [element('p', {}, element('strong', {}, messageOf(error)))];
  if (error.position) parts.push(element('pre', {}, ...pointAt(text, error.position)));
  if (error.hint) parts.push(element('p', {}, `Hint: ${error.hint}`));
  parts.push(facts(error));
  at('error').replaceChildren(...parts);
  at('error').hidden = false;
}

function messageOf(error) {
  return error.name === 'AbortError' ? 'You cancelled it; Postgres stopped too.' : error.message;
}

function facts({ code, sqlstate, detail, requestId, docs }) {
  const facts = { Detail: detail, SQLSTATE: sqlstate, Code: docs ? link(code, docs) : code };
  if (typeof code !== 'string') delete facts.Code;
  return element(
    'dl',
    {},
    ...Object.entries({ ...facts, Request: requestId }).flatMap(([name, value]) =>
      value === undefined ? [] : [element('dt', {}, name), element('dd', {}, value)],
    ),
  );
}

function link(text, href) {
  return /^https?:/.test(href)
    ? element('a', { href, target: '_blank', rel: 'noopener' }, text)
    : text;
}

/** The line that holds the position, the character itself marked, and a caret below it. */
function pointAt(text, position) {
  // Postgres counts characters, JavaScript halves of them; the array has whole ones.
  const characters = [...text];
  const offset = Math.min(position - 1, characters.length);
  const from = characters.slice(0, offset).lastIndexOf('\n') + 1;
  const end = characters.indexOf('\n', offset);
  const line = characters.slice(from, end < 0 ? undefined : end);
  const column = offset - from;
  const start = Math.max(0, column - CHARACTERS_AROUND);
  const before = line.slice(start, column);
  const after = line.slice(column + 1, column + CHARACTERS_AROUND);
  const indent = before.map((character) => (character === '\t' ? '\t' : ' ')).join('');
  return [
    before.join(''),
    element('mark', {}, line[column] ?? ' '),
    `${after.join('')}\n${indent}`,
    element('b', { className: 'caret' }, '^'),
  ];
}
