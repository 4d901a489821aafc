import { AppError } from '@howdah/kernel';

const ORDINARY_CHARS = 10_000;
const OPENINGS_MAX = 200;
const OPENING = '/*';
const OPERATOR = new Set(Array.from('~!@#^&|`?+-*/%<>=', (char) => char.charCodeAt(0)));

/**
 * Refuses (`invalid_request`) a long text with more than 200 openings of a block comment in one run
 * of operator characters. For each of them Postgres' lexer reads to the end of the run and goes
 * back, and asks for no signal meanwhile: 250,000 keep a processor busy for ten minutes, and neither
 * a cancel nor a termination is heard. With anything else between them they cost it nothing.
 *
 * `DO` can put such a text together and EXECUTE it, and so can a function, which nobody sees from
 * here. What holds then: the backend is counted until it is gone, its database gets no other
 * meanwhile (`busy`), and after 3 s the database is suspended.
 */
export function refuseCommentBomb(query: string, path: string): void {
  if (query.length <= ORDINARY_CHARS) return;
  let inRun = 0;
  let previous = 0;
  for (let at = query.indexOf(OPENING); at >= 0; at = query.indexOf(OPENING, at + 2)) {
    inRun = areOperators(query, previous, at) ? inRun + 1 : 1;
    if (inRun > OPENINGS_MAX) throw commentBomb(path);
    previous = at;
  }
}

function areOperators(query: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!OPERATOR.has(query.charCodeAt(at))) return false;
  return true;
}

function commentBomb(path: string): AppError {
  const problem = `opens more than ${OPENINGS_MAX} block comments in a row`;
  return new AppError('invalid_request', `${path} ${problem}.`, { problems: [{ path, problem }] });
}
