const WHITESPACE = ' \t\n\r\f\v';
const WORD = /[a-z_]+/iy;

/**
 * The first words of a statement in upper case, past whitespace, comments, parentheses and
 * semicolons: `-- x` and a line later `(select 1)` reads `['SELECT']`. Postgres' own lexer is
 * what is followed: block comments nest. An empty or comment-only statement has no words.
 */
export function leadingKeywords(query: string, count: number): string[] {
  const words: string[] = [];
  let at = skipBlank(query, 0, '(;');
  while (words.length < count) {
    WORD.lastIndex = at;
    const word = WORD.exec(query)?.[0];
    if (word === undefined) break;
    words.push(word.toUpperCase());
    at = skipBlank(query, at + word.length, '');
  }
  return words;
}

function skipBlank(query: string, from: number, alsoSkipped: string): number {
  let at = from;
  while (at < query.length) {
    const char = query[at]!;
    if (WHITESPACE.includes(char) || alsoSkipped.includes(char)) at++;
    else if (char === '-' && query[at + 1] === '-') at = lineEnd(query, at);
    else if (char === '/' && query[at + 1] === '*') at = blockEnd(query, at);
    else break;
  }
  return at;
}

function lineEnd(query: string, from: number): number {
  let at = from;
  while (at < query.length && query[at] !== '\n' && query[at] !== '\r') at++;
  return at;
}

function blockEnd(query: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < query.length) {
    if (query.startsWith('/*', at)) depth++;
    else if (query.startsWith('*/', at)) depth--;
    else {
      at++;
      continue;
    }
    at += 2;
    if (depth === 0) return at;
  }
  return at;
}
