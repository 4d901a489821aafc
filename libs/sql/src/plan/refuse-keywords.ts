import { copyNotSupported, transactionControl } from '../errors/request-error';
import { leadingKeywords } from './leading-keyword';

const TRANSACTION_WORDS = new Set(['BEGIN', 'START', 'COMMIT', 'END', 'ABORT']);
const TAGS_WITH_ROWS = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'FETCH', 'SHOW', 'EXPLAIN']);

/**
 * Looks at a statement's first words. Refuses what would open or end a transaction, since a
 * request is one already, and COPY, whose data has no place in JSON. Answers the command to
 * report when the row cap hides Postgres' own tag.
 */
export function commandOf(query: string): string {
  const word = leadingKeywords(query, 1)[0] ?? '';
  if (TRANSACTION_WORDS.has(word) || endsTransaction(word, query)) throw transactionControl(word);
  if (word === 'COPY') throw copyNotSupported();
  return TAGS_WITH_ROWS.has(word) ? word : 'SELECT';
}

function endsTransaction(word: string, query: string): boolean {
  if (word === 'PREPARE') return leadingKeywords(query, 2)[1] === 'TRANSACTION';
  if (word !== 'ROLLBACK') return false;
  const [, second, third] = leadingKeywords(query, 3);
  const target = second === 'WORK' || second === 'TRANSACTION' ? third : second;
  return target !== 'TO';
}
