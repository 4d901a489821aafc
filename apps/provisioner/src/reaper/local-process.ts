import { readFile } from 'node:fs/promises';

/** A backend as Postgres tells of it. */
export interface BackendProcess {
  pid: number;
  role: string;
  database: string;
}

/**
 * Whether the process of this id, here, is that backend: by its title, `postgres: <role> <database>
 * …`. Where the cluster is on another machine it is somebody else's, or nobody's.
 */
export async function isLocal(
  { pid, role, database }: BackendProcess,
  procRoot: string,
): Promise<boolean> {
  const title = await readFile(`${procRoot}/${pid}/cmdline`, 'latin1').catch(() => '');
  return title.startsWith('postgres: ') && title.includes(` ${role} ${database} `);
}
