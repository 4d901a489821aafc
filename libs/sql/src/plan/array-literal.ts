import type { Param } from '@howdah/contracts';

/**
 * A JSON array as a Postgres array literal: `[1, null, "a b"]` reads `{"1",NULL,"a b"}`. Every
 * element is quoted, so that the text NULL and empty text stay apart from SQL's NULL.
 */
export function arrayLiteral(
  elements: readonly Param[],
  elementText: (element: Exclude<Param, Param[] | null>) => string,
): string {
  const parts = elements.map((element) => {
    if (element === null || element === undefined) return 'NULL';
    if (Array.isArray(element)) return arrayLiteral(element, elementText);
    return `"${elementText(element).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${parts.join(',')}}`;
}
