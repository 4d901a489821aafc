export interface CommandTag {
  command: string;
  rowCount: number | null;
}

/** `INSERT 0 5` reads INSERT and 5; `CREATE TABLE` counts nothing. */
export function readCommandTag(tag: string): CommandTag {
  const space = tag.lastIndexOf(' ');
  const count = space < 0 ? NaN : Number(tag.slice(space + 1));
  if (Number.isNaN(count)) return { command: tag, rowCount: null };
  const command = tag.startsWith('INSERT ') ? 'INSERT' : tag.slice(0, space);
  return { command, rowCount: count };
}
